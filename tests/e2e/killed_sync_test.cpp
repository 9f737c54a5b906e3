// Sync is killed with SIGKILL at one step of a rollout, at the next step in the next rollout, and
// so on to the end: after every record that it writes, every call to the forge and every push. Each
// time the repositories and the ledger end as they do when nothing happens, but for times and ids.
#include <gtest/gtest.h>

#include "tests/e2e/bad_day.hpp"

namespace hq::demo {
namespace {

constexpr int kShards = 4;  // Each takes every fourth step, in a house of its own.

class KilledSync : public ::testing::TestWithParam<int> {
 protected:
  // Plays on until sync lives to the end of a rollout: then there is no such step. How many there
  // are.
  void Sweep(const std::string& point, int least) {
    const auto day = BadDay::Begin();
    ASSERT_TRUE(day.ok()) << day.status();
    const auto undisturbed = (*day)->Play("");
    ASSERT_TRUE(undisturbed.ok()) << undisturbed.status();
    int step = 1 + GetParam();
    for (;; step += kShards) {
      const std::string fault = point + ":" + std::to_string(step);
      const auto outcome = (*day)->Play(fault);
      ASSERT_TRUE(outcome.ok()) << fault << ": " << outcome.status();
      EXPECT_EQ(outcome->story, undisturbed->story) << fault;
      if (!outcome->was_killed) break;
    }
    EXPECT_GE(step, least) << "the rollout has more steps than that";
    const Status ended = (*day)->End();
    EXPECT_TRUE(ended.ok()) << ended;
  }
};

TEST_P(KilledSync, AfterEveryRecord) { Sweep("log.append.after", 40); }
TEST_P(KilledSync, AfterEveryCallToTheForge) { Sweep("forge.call.after", 30); }
TEST_P(KilledSync, AfterEveryPush) { Sweep("git.push.after", 4); }

INSTANTIATE_TEST_SUITE_P(Steps, KilledSync, ::testing::Range(0, kShards));

}  // namespace
}  // namespace hq::demo
