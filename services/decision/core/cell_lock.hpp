// Whether HQ's commands reach a cell. Its stream is a fence: a verdict rests on its version.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/decision/v1/events.pb.h"

namespace hq::decision {

struct CellLock {
  static constexpr std::string_view kCategory = "cell_lock";
  using Event = v1::CellLockEvent;
  using Events = std::vector<Event>;
  struct State {
    bool is_locked = false;
    std::string reason;  // Of the lock that holds.
  };

  static State Fold(State state, const Event& event);
  static std::string Branch(std::string_view id) { return std::string(id); }

  // That the cell is registered is the caller's to check. kInvalidArgument without a reason.
  static Result<Events> Decide(const State& state, const v1::LockCellRequest& command,
                               const CommandMeta& meta);
  // kPermissionDenied, reason ADMIN_NEEDED, for an actor who is no HQ admin.
  static Result<Events> Decide(const State& state, const v1::UnlockCellRequest& command,
                               const CommandMeta& meta);
};

}  // namespace hq::decision
