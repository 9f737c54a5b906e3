#include "services/decision/api/commands.hpp"

#include <type_traits>

#include "services/decision/api/restore_hold.hpp"
#include "services/decision/core/cell.hpp"
#include "services/decision/core/cell_lock.hpp"
#include "services/decision/core/inputs.hpp"
#include "services/decision/core/kill_switch.hpp"

namespace hq::decision {
namespace {

// The cell that a switch's scope names; empty for the global one.
std::string CellOfScope(const std::string& scope) {
  return scope == KillSwitch::kGlobal ? std::string() : scope;
}

}  // namespace

template <Decider D, class Command>
Result<Position> Commands::ExecuteOn(std::string_view cell, std::string_view id,
                                     const Command& command, const CommandMeta& meta) const {
  constexpr bool kIsRelease = std::is_same_v<Command, KillSwitch::Release>;
  const auto work = [&](Session& session) -> Status {
    // Decided before a restore it would lift what that restore holds.
    if constexpr (kIsRelease) HQ_RETURN_IF_ERROR(session.RequireLifeOfNow());
    if (!cell.empty()) {
      HQ_ASSIGN_OR_RETURN(const auto registered, session.Load<Cell>(cell));
      HQ_RETURN_IF_ERROR(RequireRegistered(cell, registered));
    }
    HQ_ASSIGN_OR_RETURN(auto state, session.Load<D>(id));
    if constexpr (kIsRelease)
      if (id == KillSwitch::kGlobal) HQ_RETURN_IF_ERROR(FoldRestoreThatHolds(log_, state));
    HQ_ASSIGN_OR_RETURN(const auto events, D::Decide(state, command, meta));
    session.Stage<D>(id, events);
    return absl::OkStatus();
  };
  HQ_ASSIGN_OR_RETURN(const auto appended, Transact(log_, meta, work));
  if (appended.receipt().last_position() > 0) return appended.receipt().last_position();
  // Nothing had to change: what was seen is somewhere up to the head.
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  return head.head().position();
}

Result<Position> Commands::LockCell(const v1::LockCellRequest& request,
                                    const CommandMeta& meta) const {
  HQ_RETURN_IF_ERROR(CheckCellId(request.branch()));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  return ExecuteOn<CellLock>(request.branch(), request.branch(), request, meta);
}

Result<Position> Commands::UnlockCell(const v1::UnlockCellRequest& request,
                                      const CommandMeta& meta) const {
  HQ_RETURN_IF_ERROR(CheckCellId(request.branch()));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  return ExecuteOn<CellLock>(request.branch(), request.branch(), request, meta);
}

Result<Position> Commands::SetMaintenance(const v1::SetMaintenanceRequest& request,
                                          const CommandMeta& meta) const {
  HQ_RETURN_IF_ERROR(CheckCellId(request.branch()));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  return ExecuteOn<Cell>(request.branch(), request.branch(), request, meta);
}

Status Commands::ActivateKillSwitch(const v1::ActivateKillSwitchRequest& request,
                                    const CommandMeta& meta,
                                    v1::ActivateKillSwitchResponse& response) const {
  HQ_RETURN_IF_ERROR(CheckSwitchScope(request.scope()));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  HQ_ASSIGN_OR_RETURN(
      const Position position,
      ExecuteOn<KillSwitch>(CellOfScope(request.scope()), request.scope(), request, meta));
  if (const Status caught_up = runner_.WaitFor(position); !caught_up.ok())
    return Annotate(
        caught_up, "the kill switch IS engaged, but what is in flight is not known yet; ask again");
  response.set_position(position);
  for (auto& attempt : views_.attempts.Under(request.scope(), meta.now))
    *response.add_in_flight() = std::move(attempt);
  return absl::OkStatus();
}

Result<Position> Commands::ReleaseKillSwitch(const v1::ReleaseKillSwitchRequest& request,
                                             const CommandMeta& meta) const {
  HQ_RETURN_IF_ERROR(CheckSwitchScope(request.scope()));
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  const KillSwitch::Release command{request, principals_.CountRole("hq_admin")};
  return ExecuteOn<KillSwitch>(CellOfScope(request.scope()), request.scope(), command, meta);
}

}  // namespace hq::decision
