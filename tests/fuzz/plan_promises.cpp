#include "tests/fuzz/plan_promises.hpp"

#include "common/base/check.hpp"
#include "services/sync/adapters/plan_files.hpp"
#include "services/sync/core/sync_plan.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool CheckPlanFile(const std::string& file, std::string_view bytes) {
  const auto parsed = sync::ParsePlanFile(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  if (parsed->has_sync_plan_applied())
    HQ_CHECK(parsed->sync_plan_applied().tiers(0) == "canary", "canary comes first");
  if (parsed->has_health_policy_applied())
    HQ_CHECK(parsed->health_policy_applied().interval_ms() > 0 &&
                 parsed->health_policy_applied().interval_ms() <= 86'400'000,
             "an interval lies within a day");
  sync::SyncPlan::State state;
  const auto events = sync::SyncPlan::Apply(state, *parsed);
  HQ_CHECK(events.ok(), "what was read can be applied");
  for (const auto& event : *events) state = sync::SyncPlan::Fold(state, event);
  const auto again = sync::SyncPlan::Apply(state, *parsed);
  HQ_CHECK(again.ok() && again->empty(), "the same again changes nothing");
  return true;
}

}  // namespace hq::fuzz
