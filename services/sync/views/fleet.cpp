#include "services/sync/views/fleet.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/events/own_stream.hpp"

namespace hq::sync {
namespace {

constexpr std::string_view kCellKey = "cell/";
constexpr std::string_view kStopKey = "stop/global";
constexpr std::string_view kGlobal = "global";

std::string CellKey(std::string_view id) { return std::string(kCellKey) + std::string(id); }

void FoldCell(decision::v1::Cell& cell, const decision::v1::CellEvent& event) {
  using Event = decision::v1::CellEvent;
  switch (event.body_case()) {
    case Event::kCellRegistered:
      *cell.mutable_entry() = event.cell_registered().cell();
      cell.set_retired(false);
      break;
    case Event::kCellChanged:
      *cell.mutable_entry() = event.cell_changed().cell();
      break;
    case Event::kCellRetired:
      cell.set_retired(true);
      break;
    case Event::kMaintenanceEntered:
      cell.set_maintenance(true);
      break;
    case Event::kMaintenanceLeft:
      cell.set_maintenance(false);
      break;
    case Event::BODY_NOT_SET:
      break;  // UnpackEvent refused it before.
  }
}

}  // namespace

Status Fleet::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string_view category = CategoryOf(record.stream());
  const std::string id(IdOf(record.stream()));
  if (category == "kill_switch" && id == kGlobal) {
    decision::v1::KillSwitchEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    event.has_kill_switch_activated() ? rows.Put(kStopKey, "1") : rows.Delete(kStopKey);
    return absl::OkStatus();
  }
  if (OpensEpoch(record)) {
    rows.Put(kStopKey, "1");  // As decision has it: held until somebody releases the switch.
    return absl::OkStatus();
  }
  if (category != "cell" && category != "cell_lock" && category != "kill_switch")
    return absl::OkStatus();
  auto cell = rows.GetMessage<decision::v1::Cell>(CellKey(id)).value_or(decision::v1::Cell());
  if (category == "cell") {
    decision::v1::CellEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    FoldCell(cell, event);
  } else if (category == "cell_lock") {
    decision::v1::CellLockEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    cell.set_locked(event.has_cell_locked());
    cell.set_locked_reason(event.cell_locked().reason());
  } else {
    decision::v1::KillSwitchEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    cell.set_stopped(event.has_kill_switch_activated());
  }
  rows.Put(CellKey(id), cell.SerializeAsString());
  return absl::OkStatus();
}

std::vector<decision::v1::Cell> Fleet::All() const {
  std::vector<decision::v1::Cell> cells;
  for (const auto& [key, bytes] : rows().Scan(kCellKey)) {
    auto cell = rows().Parsed<decision::v1::Cell>(key, bytes);
    if (!cell.entry().id().empty() && !cell.retired()) cells.push_back(std::move(cell));
  }
  return cells;
}

bool Fleet::IsStopped() const { return rows().Get(kStopKey).has_value(); }

}  // namespace hq::sync
