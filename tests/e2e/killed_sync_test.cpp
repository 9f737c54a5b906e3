// Sync is killed with SIGKILL at one step of a rollout, at the next step in the next rollout, and
// so on: after every record that it writes, before and after every call to the forge and every
// push; and at random steps, again and again in one rollout. Each time the repositories and the
// ledger end as they do when nothing happens, but for times and ids.
#include <gtest/gtest.h>

#include <ostream>
#include <random>

#include "tests/e2e/trial.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"

namespace hq::demo {
namespace {

constexpr int kRounds = 5;

// The steps at which sync is killed.
struct Steps {
  const char* name;
  const char* point;
  int steps_min;  // There are at least so many in a rollout.
};

void PrintTo(const Steps& steps, std::ostream* out) { *out << steps.point; }

class KilledSyncSoak : public ::testing::TestWithParam<Steps> {};

// Plays on until sync lives to the end of a rollout: then there is no such first step. In a test
// the lives behind the first are killed too, each at its eighth step, so that eight rollouts go
// through all steps; in a soak there is one kill a rollout.
TEST_P(KilledSyncSoak, EndsAsIfNothingHadBeen) {
  constexpr int kLife = 8;  // Enough to finish what the life before has left half-done.
  constexpr int kForEver = 1'000'000;
  const Steps& steps = GetParam();
  const auto trial = Trial::Begin(BadRelease());
  ASSERT_TRUE(trial.ok()) << trial.status();
  const auto undisturbed = (*trial)->PlayUndisturbed();
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  int kills = 0;
  for (int first = 1; testing::IsSoak() || first <= kLife; ++first) {
    SCOPED_TRACE(std::string(steps.point) + ":" + std::to_string(first));
    int step = first;
    const auto outcome = (*trial)->Play([&] {
      const std::string fault = std::string(steps.point) + ":" + std::to_string(step);
      step = testing::IsSoak() ? kForEver : kLife;
      return fault;
    });
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(DifferenceOf(undisturbed->story, outcome->story), "");
    if (outcome->kills == 0) break;
    if (testing::IsSoak()) {
      ASSERT_EQ(outcome->kills, 1);
    }
    kills += outcome->kills;
  }
  EXPECT_GE(kills, steps.steps_min);
  const Status ended = (*trial)->End();
  EXPECT_TRUE(ended.ok()) << ended;
}

INSTANTIATE_TEST_SUITE_P(Steps, KilledSyncSoak,
                         ::testing::Values(Steps{"AfterRecords", "log.append.after", 40},
                                           Steps{"BeforeCalls", "forge.call.before", 30},
                                           Steps{"AfterCalls", "forge.call.after", 30},
                                           Steps{"BeforePushes", "git.push.before", 4},
                                           Steps{"AfterPushes", "git.push.after", 4}),
                         [](const auto& steps) { return std::string(steps.param.name); });

// A life is long enough to finish what the one before it left half-done: an effect that is cut off
// at each of its attempts fails for good, as it must.
void KillAgainAndAgain(Plot plot, int least) {
  std::mt19937_64 random(testing::Seed());
  const auto next_fault = [&random] {
    constexpr int kShortestLife = 5;
    constexpr int kSpread = 6;
    const char* const points[] = {"log.append.before", "log.append.after", "forge.call.before",
                                  "forge.call.after"};
    return std::string(points[random() % std::size(points)]) + ":" +
           std::to_string(kShortestLife + random() % kSpread);
  };
  const auto trial = Trial::Begin(std::move(plot));
  ASSERT_TRUE(trial.ok()) << trial.status();
  const auto undisturbed = (*trial)->PlayUndisturbed();
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  int kills = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto outcome = (*trial)->Play(next_fault);
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(DifferenceOf(undisturbed->story, outcome->story), "");
    kills += outcome->kills;
  }
  EXPECT_GE(kills, least);
  const Status ended = (*trial)->End();
  EXPECT_TRUE(ended.ok()) << ended;
}

TEST(KilledSyncAgainAndAgain, GoodReleaseToFiveCells) { KillAgainAndAgain(GoodRelease(), 30); }
TEST(KilledSyncAgainAndAgain, BadReleaseTakenBack) { KillAgainAndAgain(BadRelease(), 20); }

}  // namespace
}  // namespace hq::demo
