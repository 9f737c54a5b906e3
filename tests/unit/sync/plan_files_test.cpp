// Sync's configuration files: the whitepaper's own text is taken, everything else is refused with
// its place.
#include "services/sync/adapters/plan_files.hpp"

#include <gtest/gtest.h>

#include "services/sync/core/sync_plan.hpp"
#include "tests/support/scenario.hpp"

namespace hq::sync {
namespace {

const std::string kPlan = R"({"strategy": "canary", "tiers": ["canary", "standard", "incubation"],
  "order": ["papafly", "koosy", "*"], "onFailure": "halt", "maxRetries": 3})";

TEST(PlanFiles, TakeTheWhitepapersOwn) {
  const auto plan = ParsePlanFile("sync/sync-plan.json", kPlan);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->sync_plan_applied().max_retries(), 3u);
  EXPECT_EQ(plan->sync_plan_applied().tiers_size(), 3);
  const auto conflicts = ParsePlanFile("sync/conflict-policy.json", R"({"priority": "cell",
    "onConflict": {"label": "conflict", "notify": "cell_owner", "timeoutHours": 72,
    "escalateTo": "hq_admin"}})");
  ASSERT_TRUE(conflicts.ok()) << conflicts.status();
  EXPECT_EQ(conflicts->conflict_policy_applied().timeout_hours(), 72u);
  const auto health = ParsePlanFile("recovery/health-check.json", R"({"endpoints":
    ["https://koosy.dtslib.com/health"], "interval": "5m", "onFailure": ["notify", "rollback"]})");
  ASSERT_TRUE(health.ok()) << health.status();
  EXPECT_EQ(health->health_policy_applied().interval_ms(), 300'000);
}

TEST(PlanFiles, NameTheFileAndThePathOfAFault) {
  struct Fault {
    std::string from;
    std::string to;
    std::string path;
  };
  for (const Fault& fault :
       std::vector<Fault>{{R"("canary", "standard")", R"("standard", "canary")", "$.tiers"},
                          {R"("standard")", R"("gold")", "$.tiers"},
                          {R"("koosy")", R"("Koosy!")", "$.order"},
                          {R"("koosy")", R"("papafly")", "$.order"},
                          {R"("halt")", R"("go_on")", "$.onFailure"},
                          {": 3", R"(: "3")", "$.maxRetries"},
                          {": 3", ": -1", "$.maxRetries"},
                          {R"("maxRetries")", R"("maxRetires")", "$.maxRet"}}) {
    std::string text = kPlan;
    text.replace(text.find(fault.from), fault.from.size(), fault.to);
    const auto status = ParsePlanFile("sync/sync-plan.json", text).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_NE(status.message().find("sync/sync-plan.json: " + fault.path), std::string::npos)
        << status;
  }
}

TEST(PlanFiles, RefuseAFileThatIsNotSyncs) {
  EXPECT_EQ(AdviceOf(ParsePlanFile("registry/policy.json", "{}").status()).reason, "UNKNOWN_FILE");
}

TEST(SyncPlan, TheSameContentIsNoNews) {
  const auto event = ParsePlanFile("sync/sync-plan.json", kPlan);
  ASSERT_TRUE(event.ok()) << event.status();
  testing::Scenario<SyncPlan>()
      .WhenDecided([&](const auto& state) { return SyncPlan::Apply(state, *event); })
      .Then({event->ShortDebugString()});
}

}  // namespace
}  // namespace hq::sync
