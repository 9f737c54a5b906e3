// One release on its way to the fleet: planned, running wave by wave, and completed, blocked or
// taken back. Pure. The cells' own lives are CellRollout's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/session.hpp"
#include "hq/sync/v1/events.pb.h"
#include "hq/sync/v1/sync_service.pb.h"

namespace hq::sync {

struct Rollout {
  static constexpr std::string_view kCategory = "rollout";
  using Event = v1::RolloutEvent;
  using Events = std::vector<Event>;

  struct State {
    v1::RolloutPhase phase = v1::ROLLOUT_PHASE_UNSPECIFIED;  // Unspecified: there is none.
    v1::RolloutPhase paused_from = v1::ROLLOUT_PHASE_UNSPECIFIED;
    v1::RolloutPlanned planned;
    std::uint32_t wave = 0;
    bool is_wave_open = false;
    std::vector<std::string> exceptions;  // Cells that did not take the release.
    std::vector<std::string> rollback;    // Cells to be taken back, in that order.
    std::string why;
  };

  static std::string Branch(std::string_view) { return "hq"; }
  static State Fold(State state, const Event& event);

  // One more fact. No events if it is known already; kFailedPrecondition, with what to do, if it
  // cannot follow on what is known.
  static Result<Events> Record(const State& state, const Event& event);
};

// Moves whenever attempts that rest on the rollout's old state must not enter any more.
struct RolloutFence {
  static constexpr std::string_view kCategory = "rollout_fence";
  using Event = v1::RolloutFenceEvent;
  using Events = std::vector<Event>;
  struct State {
    std::uint64_t moves = 0;
  };
  static std::string Branch(std::string_view) { return "hq"; }
  static State Fold(State state, const Event& event);
  static Event Moved(std::string_view reason);
};

// Work is going on, or would if it were not paused.
bool IsUnfinished(v1::RolloutPhase phase);

}  // namespace hq::sync
