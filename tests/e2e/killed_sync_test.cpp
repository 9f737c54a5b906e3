// Sync is killed with SIGKILL at one step of a rollout, at the next step in the next rollout, and
// so on to the end: before and after every record that it writes, every call to the forge and every
// push. And, from life to life, several times in one rollout. Each time the repositories and the
// ledger end as they do when nothing happens, but for times and ids.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/e2e/trial.hpp"

namespace hq::demo {
namespace {

constexpr int kShards = 4;  // Each takes every fourth step, in a house of its own.
constexpr int kRounds = 5;

class KilledSync : public ::testing::TestWithParam<int> {
 protected:
  // Plays on until sync lives to the end of a rollout: then there is no such step. `least` is how
  // many there are at least.
  void Sweep(const std::string& point, int least) {
    const auto trial = Trial::Begin(BadRelease());
    ASSERT_TRUE(trial.ok()) << trial.status();
    const auto undisturbed = (*trial)->PlayUndisturbed();
    ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
    int step = 1 + GetParam();
    for (;; step += kShards) {
      std::string fault = point + ":" + std::to_string(step);
      SCOPED_TRACE(fault);
      const auto outcome = (*trial)->Play([&fault] { return std::exchange(fault, ""); });
      ASSERT_TRUE(outcome.ok()) << outcome.status();
      ASSERT_EQ(DifferenceOf(undisturbed->story, outcome->story), "");
      if (outcome->kills == 0) break;
      ASSERT_EQ(outcome->kills, 1);
    }
    EXPECT_GE(step, least) << "the rollout has more steps than that";
    const Status ended = (*trial)->End();
    EXPECT_TRUE(ended.ok()) << ended;
  }
};

TEST_P(KilledSync, BeforeEveryRecord) { Sweep("log.append.before", 40); }
TEST_P(KilledSync, AfterEveryRecord) { Sweep("log.append.after", 40); }
TEST_P(KilledSync, BeforeEveryCallToTheForge) { Sweep("forge.call.before", 30); }
TEST_P(KilledSync, AfterEveryCallToTheForge) { Sweep("forge.call.after", 30); }
TEST_P(KilledSync, BeforeEveryPush) { Sweep("git.push.before", 4); }
TEST_P(KilledSync, AfterEveryPush) { Sweep("git.push.after", 4); }

INSTANTIATE_TEST_SUITE_P(Steps, KilledSync, ::testing::Range(0, kShards));

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
