// Which cell sails in which wave (R-8, rulings D-3 and D-17).
#include "services/sync/core/waves.hpp"

#include "tests/support/scenario.hpp"
#include "tests/unit/sync/fleet.hpp"

namespace hq::sync {
namespace {

v1::SyncPlanApplied Plan() {
  return testing::Text<v1::SyncPlanApplied>(
      R"(strategy: "canary" tiers: "canary" tiers: "standard" order: "papafly" order: "zeta" order: "*"
         on_failure: "halt" max_retries: 3)");
}

TEST(Waves, FollowTheTiersThenTheOrderThenTheId) {
  const auto plan = PlanWaves(Plan(), {Cell("alfa", "standard"), Cell("zeta", "standard"),
                                       Cell("papafly", "canary"), Cell("beta", "canary")});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(WavesOf(plan),
            (std::vector<std::string>{"canary: papafly beta", "standard: zeta alfa"}));
}

TEST(Waves, ATierThatIsNotNamedSailsLast) {
  const auto plan = PlanWaves(Plan(), {Cell("papafly", "canary"), Cell("gold", "premium"),
                                       Cell("new", "incubation"), Cell("koosy", "standard")});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(WavesOf(plan),
            (std::vector<std::string>{"canary: papafly", "standard: koosy", "*: gold new"}));
}

TEST(Waves, EveryCellIsInAWaveOrSkippedWithAReason) {
  auto locked = Cell("a", "standard");
  locked.is_locked = true;
  auto resting = Cell("b", "standard");
  resting.is_in_maintenance = true;
  auto stopped = Cell("c", "standard");
  stopped.is_stopped = true;
  const auto plan = PlanWaves(Plan(), {Cell("papafly", "canary"), locked, resting, stopped});
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(WavesOf(plan), (std::vector<std::string>{"canary: papafly"}));
  ASSERT_EQ(plan->skipped.size(), 3u);
  EXPECT_EQ(plan->skipped[0].reason(), "locked");
  EXPECT_EQ(plan->skipped[1].reason(), "maintenance");
  EXPECT_TRUE(plan->skipped[2].reason().starts_with("stopped"));
}

TEST(Waves, WithoutACanaryThereIsNoPlan) {
  auto locked = Cell("papafly", "canary");
  locked.is_locked = true;
  for (const auto& fleet : std::vector<std::vector<FleetCell>>{
           {}, {Cell("koosy", "standard")}, {locked, Cell("koosy", "standard")}}) {
    const auto plan = PlanWaves(Plan(), fleet);
    EXPECT_EQ(plan.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(AdviceOf(plan.status()).reason, "NO_CANARY");
  }
}

}  // namespace
}  // namespace hq::sync
