#include "services/decision/core/cell_lock.hpp"

#include "services/decision/core/inputs.hpp"

namespace hq::decision {

CellLock::State CellLock::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kCellLocked:
      state.is_locked = true;
      state.reason = event.cell_locked().reason();
      break;
    case Event::kCellUnlocked:
      state = State();
      break;
    case Event::BODY_NOT_SET:  // Never folded: reading such an event is refused before.
      break;
  }
  return state;
}

Result<CellLock::Events> CellLock::Decide(const State& state, const v1::LockCellRequest& command,
                                          const CommandMeta&) {
  HQ_RETURN_IF_ERROR(CheckReason(command.reason()));
  if (state.is_locked) return Events{};
  Events events(1);
  events[0].mutable_cell_locked()->set_reason(command.reason());
  return events;
}

Result<CellLock::Events> CellLock::Decide(const State& state, const v1::UnlockCellRequest& command,
                                          const CommandMeta& meta) {
  HQ_RETURN_IF_ERROR(RequireAdmin(meta, "unlock a cell"));
  HQ_RETURN_IF_ERROR(CheckReason(command.reason()));
  if (!state.is_locked) return Events{};
  Events events(1);
  events[0].mutable_cell_unlocked()->set_reason(command.reason());
  return events;
}

}  // namespace hq::decision
