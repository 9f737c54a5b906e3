#include "services/decision/views/rollouts_on_ledger.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::decision {
namespace {

std::string PlannedRow(std::string_view rollout_id) { return "planned/" + std::string(rollout_id); }
std::string StartedRow(std::string_view rollout_id) { return "started/" + std::string(rollout_id); }

}  // namespace

Status RolloutsOnLedger::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  if (CategoryOf(record.stream()) != "rollout") return absl::OkStatus();
  sync::v1::RolloutEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  const std::string_view id = IdOf(record.stream());
  if (event.has_rollout_planned()) rows.Put(PlannedRow(id), event.rollout_planned().release_id());
  if (event.has_rollout_started()) rows.Put(StartedRow(id), "");
  return absl::OkStatus();
}

std::optional<std::string> RolloutsOnLedger::ReleaseOf(std::string_view rollout_id) const {
  return rows().Get(PlannedRow(rollout_id));
}

bool RolloutsOnLedger::IsStarted(std::string_view rollout_id) const {
  return rows().Get(StartedRow(rollout_id)).has_value();
}

}  // namespace hq::decision
