#include "services/decision/core/cell.hpp"

#include <array>

#include "services/decision/core/inputs.hpp"

namespace hq::decision {
namespace {

// A field of the entry under the name that it has in the file.
struct EntryField {
  std::string_view name;
  std::string (*value)(const v1::CellEntry& entry);
};

constexpr std::array kEntryFields = {
    EntryField{"repo", [](const v1::CellEntry& e) { return e.repo(); }},
    EntryField{"domain", [](const v1::CellEntry& e) { return e.domain(); }},
    EntryField{"visibility", [](const v1::CellEntry& e) { return e.visibility(); }},
    EntryField{"hqProtocolVersion", [](const v1::CellEntry& e) { return e.hq_protocol_version(); }},
    EntryField{"tier", [](const v1::CellEntry& e) { return e.tier(); }},
    EntryField{"billingTier", [](const v1::CellEntry& e) { return e.billing_tier(); }},
    EntryField{"owner", [](const v1::CellEntry& e) { return e.owner(); }},
    EntryField{"autoMergeRevert",
               [](const v1::CellEntry& e) {
                 return std::string(e.auto_merge_revert() ? "true" : "false");
               }},
    EntryField{"adopt", [](const v1::CellEntry& e) { return e.adopt(); }},
};

std::vector<std::string> ChangedFields(const v1::CellEntry& before, const v1::CellEntry& after) {
  std::vector<std::string> changed;
  for (const EntryField& field : kEntryFields)
    if (field.value(before) != field.value(after)) changed.emplace_back(field.name);
  return changed;
}

std::string OrNone(const std::string& value) { return value.empty() ? "(none)" : value; }

Cell::Event MaintenanceEvent(bool enters, const std::string& reason) {
  Cell::Event event;
  if (enters) {
    event.mutable_maintenance_entered()->set_reason(reason);
  } else {
    event.mutable_maintenance_left()->set_reason(reason);
  }
  return event;
}

}  // namespace

Cell::State Cell::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kCellRegistered:
      state.is_registered = true;
      state.is_retired = false;
      state.entry = event.cell_registered().cell();
      break;
    case Event::kCellChanged:
      state.entry = event.cell_changed().cell();
      break;
    case Event::kCellRetired:
      state.is_retired = true;
      break;
    case Event::kMaintenanceEntered:
      state.is_in_maintenance = true;
      break;
    case Event::kMaintenanceLeft:
      state.is_in_maintenance = false;
      break;
    case Event::BODY_NOT_SET:  // Never folded: reading such an event is refused before.
      break;
  }
  return state;
}

Result<Cell::Events> Cell::Decide(const State& state, const ApplyCell& command,
                                  const CommandMeta&) {
  Events events;
  if (command.retires) {
    if (state.IsInFleet()) events.emplace_back().mutable_cell_retired();
    return events;
  }
  if (!state.IsInFleet()) {
    *events.emplace_back().mutable_cell_registered()->mutable_cell() = command.entry;
  } else if (const auto fields = ChangedFields(state.entry, command.entry); !fields.empty()) {
    auto* changed = events.emplace_back().mutable_cell_changed();
    *changed->mutable_cell() = command.entry;
    for (const auto& field : fields) changed->add_changed(field);
  }
  if (command.enters_maintenance && !state.is_in_maintenance)
    events.push_back(MaintenanceEvent(true, "branches.json"));
  return events;
}

Result<Cell::Events> Cell::Decide(const State& state, const v1::SetMaintenanceRequest& command,
                                  const CommandMeta&) {
  HQ_RETURN_IF_ERROR(CheckReason(command.reason()));
  HQ_RETURN_IF_ERROR(RequireRegistered(command.branch(), state));
  if (state.is_in_maintenance == command.maintenance()) return Events{};
  return Events{MaintenanceEvent(command.maintenance(), command.reason())};
}

std::vector<std::string> Cell::Describe(std::string_view id, const State& before,
                                        const Event& event) {
  const std::string cell = "cell " + std::string(id) + ": ";
  std::vector<std::string> lines;
  switch (event.body_case()) {
    case Event::kCellRegistered:
      lines.push_back(cell +
                      (before.is_registered ? "registered again, tier " : "registered, tier ") +
                      event.cell_registered().cell().tier());
      break;
    case Event::kCellChanged:
      for (const EntryField& field : kEntryFields) {
        const std::string was = field.value(before.entry);
        const std::string is = field.value(event.cell_changed().cell());
        if (was != is)
          lines.push_back(cell + std::string(field.name) + " " + OrNone(was) + " -> " + OrNone(is));
      }
      break;
    case Event::kCellRetired:
      lines.push_back(cell + "retired");
      break;
    case Event::kMaintenanceEntered:
      lines.push_back(cell + "enters maintenance");
      break;
    case Event::kMaintenanceLeft:
      lines.push_back(cell + "leaves maintenance");
      break;
    case Event::BODY_NOT_SET:
      break;
  }
  return lines;
}

Status RequireRegistered(std::string_view id, const Cell::State& cell) {
  if (cell.is_registered) return absl::OkStatus();
  return Refusal(absl::StatusCode::kNotFound, "no such cell: " + Shown(id), "UNKNOWN_CELL",
                 "Register the cell in branches.json and apply it.");
}

std::string BillingTierOf(const v1::CellEntry& entry) {
  return entry.billing_tier().empty() ? entry.tier() : entry.billing_tier();
}

}  // namespace hq::decision
