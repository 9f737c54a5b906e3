#include "services/sync/core/sync_plan.hpp"

namespace hq::sync {

SyncPlan::State SyncPlan::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kSyncPlanApplied:
      state.plan = event.sync_plan_applied();
      break;
    case Event::kConflictPolicyApplied:
      state.conflicts = event.conflict_policy_applied();
      break;
    case Event::kHealthPolicyApplied:
      state.health = event.health_policy_applied();
      break;
    case Event::BODY_NOT_SET:
      break;  // Written by a newer version; loading it was refused before.
  }
  return state;
}

Result<SyncPlan::Events> SyncPlan::Apply(const State& state, const Event& event) {
  const State after = Fold(state, event);
  const auto same = [](const auto& a, const auto& b) {
    return a.SerializeAsString() == b.SerializeAsString();
  };
  const bool is_same = same(state.plan, after.plan) && same(state.conflicts, after.conflicts) &&
                       same(state.health, after.health);
  return is_same ? Events{} : Events{event};
}

}  // namespace hq::sync
