// One cell's place in the registry: registered, changed, in maintenance, retired.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/decision/v1/events.pb.h"
#include "services/decision/core/apply_cell.hpp"

namespace hq::decision {

struct Cell {
  static constexpr std::string_view kCategory = "cell";
  using Event = v1::CellEvent;
  using Events = std::vector<Event>;
  struct State {
    bool is_registered = false;  // Once true, true for ever.
    bool is_retired = false;
    bool is_in_maintenance = false;
    v1::CellEntry entry;
    bool IsInFleet() const { return is_registered && !is_retired; }
  };

  static State Fold(State state, const Event& event);
  static std::string Branch(std::string_view id) { return std::string(id); }

  // A retired cell that comes back without "retired" is registered again.
  static Result<Events> Decide(const State& state, const ApplyCell& command,
                               const CommandMeta& meta);
  // kNotFound for a cell that was never registered; kInvalidArgument without a reason.
  static Result<Events> Decide(const State& state, const v1::SetMaintenanceRequest& command,
                               const CommandMeta& meta);

  // What the event changes, for people, a line a change, e.g. "cell koosy: tier standard ->
  // premium".
  static std::vector<std::string> Describe(std::string_view id, const State& before,
                                           const Event& event);
};

// kNotFound, with the same words everywhere, unless the cell was registered at some time.
Status RequireRegistered(std::string_view id, const Cell::State& cell);

// The tier by which a cell is priced (ruling D-3).
std::string BillingTierOf(const v1::CellEntry& entry);

}  // namespace hq::decision
