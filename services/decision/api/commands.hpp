// Commands on single cells and switches: each loads what it needs, decides, appends, and answers
// the ledger position after it.
#pragma once

#include "common/events/session.hpp"
#include "common/grpc/identity.hpp"
#include "common/projection/runner.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "services/decision/views/all.hpp"

namespace hq::decision {

// Thread-safe. Codes are those of the methods in decision_service.proto.
class Commands {
 public:
  // All outlive the commands.
  Commands(EventLog& log, const AllViews& views, projection::Runner& runner,
           const rpc::Principals& principals)
      : log_(log), views_(views), runner_(runner), principals_(principals) {}

  Result<Position> LockCell(const v1::LockCellRequest& request, const CommandMeta& meta) const;
  Result<Position> UnlockCell(const v1::UnlockCellRequest& request, const CommandMeta& meta) const;
  Result<Position> SetMaintenance(const v1::SetMaintenanceRequest& request,
                                  const CommandMeta& meta) const;
  // Answers when no attempt can enter any more, with those that had.
  Status ActivateKillSwitch(const v1::ActivateKillSwitchRequest& request, const CommandMeta& meta,
                            v1::ActivateKillSwitchResponse& response) const;
  Result<Position> ReleaseKillSwitch(const v1::ReleaseKillSwitchRequest& request,
                                     const CommandMeta& meta) const;

 private:
  // As Execute, on condition that `cell` (if not empty) is registered.
  template <Decider D, class Command>
  Result<Position> ExecuteOn(std::string_view cell, std::string_view id, const Command& command,
                             const CommandMeta& meta) const;

  EventLog& log_;
  const AllViews& views_;
  projection::Runner& runner_;
  const rpc::Principals& principals_;
};

}  // namespace hq::decision
