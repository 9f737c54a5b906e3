// Goal: killed at any moment, for half an hour, the ledger loses nothing that it acknowledged or
// showed. Method: SIGKILL every 0.2 to 3 s, also while it opens, but in every second life not
// before something was acknowledged in it, under clients that write chains and keep what they were
// told in this process; the whole log is audited every 50 kills and at the end.
#include <gtest/gtest.h>

#include <random>

#include "tests/crash/crash_trial.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

TEST(CrashSoak, KilledAtAnyMomentNothingIsLost) {
  constexpr int kKillsBetweenAudits = 50;
  constexpr int kWriters = 4;
  std::mt19937_64 random(Seed());
  const std::chrono::milliseconds longest(IsSoak() ? 3'000 : 800);
  std::uniform_int_distribution<std::chrono::milliseconds::rep> moment(200, longest.count());
  const NatsServer nats;
  CrashTrial trial(nats);
  trial.Begin(kWriters);
  for (int kill = 1; kill <= Rounds(6, 900); ++kill) {
    trial.ledger().Launch();
    // More than the life before may have acknowledged in its last moment, one to each writer.
    if (kill % 2 == 0) {
      ASSERT_TRUE(trial.AwaitMore(kWriters + 1)) << trial.ledger().Log();
    }
    trial.AwaitMoment(std::chrono::milliseconds(moment(random)));
    ASSERT_FALSE(trial.ledger().HasEnded()) << trial.ledger().Log();
    if (kill % kKillsBetweenAudits == 0) {
      ASSERT_TRUE(trial.AwaitMore(1)) << trial.ledger().Log();
      ASSERT_NO_FATAL_FAILURE(trial.ExpectNothingIsLost(false));
      if (HasFailure()) return;
    }
    trial.ledger().Kill();
  }
  trial.ledger().Start();
  ASSERT_TRUE(trial.AwaitMore(10)) << trial.ledger().Log();
  trial.ExpectNothingIsLost();
  const auto head = AuditLedger(trial.ledger().address(), TokenOf("ann"), trial.Told());
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_TRUE(IsAnnouncedOnce(nats, *head)) << trial.ledger().Log();
  RecordProperty("acknowledged", static_cast<int>(trial.told_count()));
  EXPECT_EQ(trial.ledger().Stop(), 0) << trial.ledger().Log();
}

}  // namespace
}  // namespace hq::testing
