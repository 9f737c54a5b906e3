#include "services/decision/views/releases_on_ledger.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::decision {
namespace {

std::string KnownRow(std::string_view release_id) { return "known/" + std::string(release_id); }
std::string VerifiedRow(std::string_view release_id) {
  return "verified/" + std::string(release_id);
}

}  // namespace

Status ReleasesOnLedger::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string_view category = CategoryOf(record.stream());
  if (category == "release") {
    sync::v1::ReleaseEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    if (event.has_release_created()) rows.Put(KnownRow(event.release_created().release_id()), "");
    if (event.has_release_quarantined()) rows.Delete(VerifiedRow(IdOf(record.stream())));
  } else if (category == "cell_rollout") {
    sync::v1::CellRolloutEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    const bool is_on_canary = event.health_verified().tier() == "canary";
    if (is_on_canary) rows.Put(VerifiedRow(event.health_verified().release_id()), record.branch());
  }
  return absl::OkStatus();
}

bool ReleasesOnLedger::IsKnown(std::string_view release_id) const {
  return rows().Get(KnownRow(release_id)).has_value();
}

bool ReleasesOnLedger::IsVerifiedOnCanary(std::string_view release_id) const {
  return rows().Get(VerifiedRow(release_id)).has_value();
}

}  // namespace hq::decision
