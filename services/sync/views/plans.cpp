#include "services/sync/views/plans.hpp"

#include "common/events/event_name.hpp"

namespace hq::sync {

Status Plans::Apply(const Recorded& recorded, rocks::Rows& rows) {
  if (recorded.record.stream() != "sync_plan") return absl::OkStatus();
  v1::SyncPlanEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  if (event.has_sync_plan_applied())
    rows.Put("plan", event.sync_plan_applied().SerializeAsString());
  if (event.has_conflict_policy_applied())
    rows.Put("conflicts", event.conflict_policy_applied().SerializeAsString());
  return absl::OkStatus();
}

std::optional<v1::SyncPlanApplied> Plans::Plan() const {
  return rows().GetMessage<v1::SyncPlanApplied>("plan");
}

std::optional<v1::ConflictPolicyApplied> Plans::Conflicts() const {
  return rows().GetMessage<v1::ConflictPolicyApplied>("conflicts");
}

}  // namespace hq::sync
