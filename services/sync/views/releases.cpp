#include "services/sync/views/releases.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"

namespace hq::sync {

Status Releases::Apply(const Recorded& recorded, rocks::Rows& rows) {
  if (CategoryOf(recorded.record.stream()) != "release") return absl::OkStatus();
  v1::ReleaseEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
  const std::string id(IdOf(recorded.record.stream()));
  if (event.has_release_created()) {
    rows.Put("release/" + id, event.release_created().SerializeAsString());
    if (!event.release_created().source_ref().empty())
      rows.Put("source/" + event.release_created().source_ref(), id);
  } else {
    rows.Put("quarantine/" + id, event.release_quarantined().reason());
  }
  return absl::OkStatus();
}

std::optional<ReleaseRow> Releases::Find(const std::string& release_id) const {
  auto created = rows().GetMessage<v1::ReleaseCreated>("release/" + release_id);
  if (release_id.empty() || !created) return std::nullopt;
  return ReleaseRow{*std::move(created), rows().Get("quarantine/" + release_id).has_value()};
}

std::optional<ReleaseRow> Releases::FindBySource(const std::string& source_ref) const {
  const auto id = rows().Get("source/" + source_ref);
  return id && !source_ref.empty() ? Find(*id) : std::nullopt;
}

}  // namespace hq::sync
