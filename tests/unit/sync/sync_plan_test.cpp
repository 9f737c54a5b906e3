// The sync plan's decider: what is applied again changes nothing, and each file stands for itself.
#include "services/sync/core/sync_plan.hpp"

#include "tests/support/scenario.hpp"

namespace hq::sync {
namespace {

const std::string kPlan =
    R"(sync_plan_applied { strategy: "canary" tiers: "canary" tiers: "standard" order: "papafly"
                           order: "*" on_failure: "halt" max_retries: 3 })";
const std::string kOtherPlan =
    R"(sync_plan_applied { strategy: "canary" tiers: "canary" on_failure: "halt" max_retries: 3 })";
const std::string kConflicts =
    R"(conflict_policy_applied { priority: "cell" label: "conflict" notify: "cell_owner"
                                 timeout_hours: 72 escalate_to: "hq_admin" })";
const std::string kHealth =
    R"(health_policy_applied { endpoints: "https://koosy.dtslib.com" interval_ms: 300000
                               on_failure: "notify" })";

auto Applying(const std::string& text) {
  return [event = testing::Text<v1::SyncPlanEvent>(text)](const auto& state) {
    return SyncPlan::Apply(state, event);
  };
}

using PlanScenario = testing::Scenario<SyncPlan>;

TEST(SyncPlan, TakesTheFirstOfEachFile) {
  for (const auto& text : {kPlan, kConflicts, kHealth})
    PlanScenario().WhenDecided(Applying(text)).Then({text});
}

TEST(SyncPlan, TheSameAgainChangesNothing) {
  for (const auto& text : {kPlan, kConflicts, kHealth})
    PlanScenario().Given({kPlan, kConflicts, kHealth}).WhenDecided(Applying(text)).Then({});
}

TEST(SyncPlan, AnotherContentReplacesTheWhole) {
  PlanScenario().Given({kPlan, kConflicts}).WhenDecided(Applying(kOtherPlan)).Then({kOtherPlan});
  // The one before is a change again.
  PlanScenario().Given({kPlan, kOtherPlan}).WhenDecided(Applying(kPlan)).Then({kPlan});
}

TEST(SyncPlan, TheOrderOfTiersAndCellsIsContent) {
  const std::string turned =
      R"(sync_plan_applied { strategy: "canary" tiers: "canary" tiers: "standard" order: "*"
                             order: "papafly" on_failure: "halt" max_retries: 3 })";
  PlanScenario().Given({kPlan}).WhenDecided(Applying(turned)).Then({turned});
}

TEST(SyncPlan, OneFileLeavesTheOthersAlone) {
  SyncPlan::State state;
  for (const auto& text : {kPlan, kConflicts, kHealth, kOtherPlan})
    state = SyncPlan::Fold(std::move(state), testing::Text<v1::SyncPlanEvent>(text));
  EXPECT_TRUE(state.plan.order().empty());
  EXPECT_EQ(state.conflicts.timeout_hours(), 72u);
  EXPECT_EQ(state.health.interval_ms(), 300'000);
}

TEST(SyncPlan, IsOneStreamOfHqs) {
  EXPECT_EQ(StreamOf<SyncPlan>(""), "sync_plan");
  EXPECT_EQ(SyncPlan::Branch(""), "hq");
}

}  // namespace
}  // namespace hq::sync
