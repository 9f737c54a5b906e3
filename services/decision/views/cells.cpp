#include "services/decision/views/cells.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "services/decision/core/cell.hpp"
#include "services/decision/core/cell_lock.hpp"
#include "services/decision/core/kill_switch.hpp"

namespace hq::decision {
namespace {

void FoldCell(const v1::CellEvent& event, v1::Cell& cell) {
  switch (event.body_case()) {
    case v1::CellEvent::kCellRegistered:
      *cell.mutable_entry() = event.cell_registered().cell();
      cell.set_retired(false);
      break;
    case v1::CellEvent::kCellChanged:
      *cell.mutable_entry() = event.cell_changed().cell();
      break;
    case v1::CellEvent::kCellRetired:
      cell.set_retired(true);
      break;
    case v1::CellEvent::kMaintenanceEntered:
      cell.set_maintenance(true);
      break;
    case v1::CellEvent::kMaintenanceLeft:
      cell.set_maintenance(false);
      break;
    case v1::CellEvent::BODY_NOT_SET:
      break;
  }
}

}  // namespace

Status Cells::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string_view category = CategoryOf(record.stream());
  const std::string_view id = IdOf(record.stream());
  const bool is_ours = category == Cell::kCategory || category == CellLock::kCategory ||
                       category == KillSwitch::kCategory;
  if (!is_ours || id == KillSwitch::kGlobal) return absl::OkStatus();
  auto cell = rows.GetMessage<v1::Cell>(id).value_or(v1::Cell());
  if (category == Cell::kCategory) {
    v1::CellEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    FoldCell(event, cell);
  } else if (category == CellLock::kCategory) {
    v1::CellLockEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    cell.set_locked(event.has_cell_locked());
    cell.set_locked_reason(event.cell_locked().reason());
  } else {
    v1::KillSwitchEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    cell.set_stopped(event.has_kill_switch_activated());
  }
  rows.Put(id, cell.SerializeAsString());
  return absl::OkStatus();
}

std::vector<v1::Cell> Cells::All() const {
  std::vector<v1::Cell> cells;
  for (const auto& [id, bytes] : rows().Scan(""))
    cells.push_back(rows().Parsed<v1::Cell>(id, bytes));
  return cells;
}

std::optional<v1::Cell> Cells::Find(std::string_view id) const {
  return rows().GetMessage<v1::Cell>(id);
}

}  // namespace hq::decision
