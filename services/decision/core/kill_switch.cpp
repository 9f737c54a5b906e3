#include "services/decision/core/kill_switch.hpp"

#include "common/base/ids.hpp"
#include "services/decision/core/inputs.hpp"

namespace hq::decision {

KillSwitch::State KillSwitch::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kKillSwitchActivated:
      state.is_engaged = true;
      state.reason = event.kill_switch_activated().reason();
      state.engaged_by = event.kill_switch_activated().actor();
      break;
    case Event::kKillSwitchReleased:
      state = State();
      break;
    case Event::BODY_NOT_SET:  // Never folded: reading such an event is refused before.
      break;
  }
  return state;
}

KillSwitch::State KillSwitch::FoldRestore(State state, const ledger::v1::EpochStarted& restore) {
  state.restored = "the ledger was restored to position " + std::to_string(restore.restored_to()) +
                   ": reconcile with the outside, then release";
  return state;
}

std::string KillSwitch::State::Why() const {
  return reason + (reason.empty() || restored.empty() ? "" : "; ") + restored;
}

std::string KillSwitch::Branch(std::string_view id) {
  return std::string(id == kGlobal ? kHqBranch : id);
}

Result<KillSwitch::Events> KillSwitch::Decide(const State& state,
                                              const v1::ActivateKillSwitchRequest& command,
                                              const CommandMeta& meta) {
  HQ_RETURN_IF_ERROR(CheckSwitchScope(command.scope()));
  HQ_RETURN_IF_ERROR(CheckReason(command.reason()));
  if (state.is_engaged) return Events{};
  Events events(1);
  auto* activated = events[0].mutable_kill_switch_activated();
  activated->set_scope(command.scope());
  activated->set_reason(command.reason());
  activated->set_actor(meta.actor);
  return events;
}

Result<KillSwitch::Events> KillSwitch::Decide(const State& state, const Release& command,
                                              const CommandMeta& meta) {
  const auto& request = command.request;
  HQ_RETURN_IF_ERROR(CheckSwitchScope(request.scope()));
  HQ_RETURN_IF_ERROR(RequireAdmin(meta, "release a kill switch"));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  if (!state.IsHolding()) return Events{};
  const bool is_own_switch = meta.actor == state.engaged_by;
  if (command.admins >= 2 && is_own_switch)
    return Refusal(absl::StatusCode::kPermissionDenied,
                   "the one who engaged a kill switch may not release it", "SECOND_PERSON_NEEDED",
                   "Ask another HQ admin to release it.");
  Events events(1);
  auto* released = events[0].mutable_kill_switch_released();
  released->set_scope(request.scope());
  released->set_reason(request.reason());
  return events;
}

Status CheckSwitchScope(std::string_view scope) {
  return scope == KillSwitch::kGlobal ? absl::OkStatus() : CheckCellId(scope);
}

}  // namespace hq::decision
