// Sync is killed with SIGKILL after every record that it writes, eight records a life; and at one
// step of a rollout, at the next step in the next rollout, and so on to the end: before and after
// every call to the forge and every push. And at random steps, again and again in one rollout. Each
// time the repositories and the ledger end as they do when nothing happens, but for times and ids.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/e2e/trial.hpp"

namespace hq::demo {
namespace {

constexpr int kRounds = 5;

// One point's every `stride`-th step, in a house of its own.
struct Share {
  const char* name;
  const char* point;
  int first;
  int stride;
  int steps_min;  // There are at least so many steps.
};

void PrintTo(const Share& share, std::ostream* out) { *out << share.point; }

class KilledSync : public ::testing::TestWithParam<Share> {};

// Plays on until sync lives to the end of a rollout: then there is no such step.
TEST_P(KilledSync, EndsAsIfNothingHadBeen) {
  const Share& share = GetParam();
  const auto trial = Trial::Begin(BadRelease());
  ASSERT_TRUE(trial.ok()) << trial.status();
  const auto undisturbed = (*trial)->PlayUndisturbed();
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  int step = share.first;
  for (;; step += share.stride) {
    std::string fault = std::string(share.point) + ":" + std::to_string(step);
    SCOPED_TRACE(fault);
    const auto outcome = (*trial)->Play([&fault] { return std::exchange(fault, ""); });
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(DifferenceOf(undisturbed->story, outcome->story), "");
    if (outcome->kills == 0) break;
    ASSERT_EQ(outcome->kills, 1);
  }
  EXPECT_GT(step, share.steps_min) << "the rollout has more steps than that";
  const Status ended = (*trial)->End();
  EXPECT_TRUE(ended.ok()) << ended;
}

INSTANTIATE_TEST_SUITE_P(Steps, KilledSync,
                         ::testing::Values(Share{"BeforeCallsA", "forge.call.before", 1, 2, 30},
                                           Share{"BeforeCallsB", "forge.call.before", 2, 2, 30},
                                           Share{"AfterCallsA", "forge.call.after", 1, 2, 30},
                                           Share{"AfterCallsB", "forge.call.after", 2, 2, 30},
                                           Share{"BeforePushes", "git.push.before", 1, 1, 4},
                                           Share{"AfterPushes", "git.push.after", 1, 1, 4}),
                         [](const auto& share) { return std::string(share.param.name); });

// The first life ends after one record, in the next rollout after two, and so on; each one after it
// when eight more are written. Nothing is written twice, so each record of the rollout is the last
// of a life just once.
TEST(KilledSyncAfterEveryRecord, EndsAsIfNothingHadBeen) {
  constexpr int kLife = 8;  // Enough to finish what the life before has left half-done.
  constexpr int kRecordsMin = 40;
  const auto trial = Trial::Begin(BadRelease());
  ASSERT_TRUE(trial.ok()) << trial.status();
  const auto undisturbed = (*trial)->PlayUndisturbed();
  ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
  int kills = 0;
  for (int first = 1; first <= kLife; ++first) {
    SCOPED_TRACE(first);
    int records = first;
    const auto outcome = (*trial)->Play([&records] {
      const std::string fault = "log.append.after:" + std::to_string(records);
      records = kLife;
      return fault;
    });
    ASSERT_TRUE(outcome.ok()) << outcome.status();
    ASSERT_EQ(DifferenceOf(undisturbed->story, outcome->story), "");
    kills += outcome->kills;
  }
  EXPECT_GE(kills, kRecordsMin);
  const Status ended = (*trial)->End();
  EXPECT_TRUE(ended.ok()) << ended;
}

std::uint64_t Seed() {
  const char* given = std::getenv("HQ_TEST_SEED");
  return given ? std::strtoull(given, nullptr, 10) : std::random_device()();
}

// A life is long enough to finish what the one before it left half-done: an effect that is cut off
// at each of its attempts fails for good, as it must.
void KillAgainAndAgain(Plot plot, int least) {
  const std::uint64_t seed = Seed();
  std::cout << "HQ_TEST_SEED=" << seed << "\n";
  std::mt19937_64 random(seed);
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
