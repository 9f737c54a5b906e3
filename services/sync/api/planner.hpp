// Makes releases of commits, and plans of releases. Looks at repositories, never writes to one.
#pragma once

#include <string>
#include <vector>

#include "common/events/session.hpp"
#include "common/projection/runner.hpp"
#include "services/sync/core/waves.hpp"
#include "services/sync/ports.hpp"
#include "services/sync/views/all.hpp"

namespace hq::sync {

// Thread-safe.
class Planner {
 public:
  // All outlive it.
  Planner(EventLog& log, Workshop& workshop, const Views& views, projection::Runner& runner)
      : log_(log), workshop_(workshop), views_(views), runner_(runner) {}

  // Codes as SyncService documents them. A repeated command gets the answer of the first: whatever
  // the repositories hold by then is not looked at.
  Status CreateRelease(const v1::CreateReleaseRequest& request, const CommandMeta& meta,
                       v1::CreateReleaseResponse& response);
  // kFailedPrecondition, reason DIVERGED, if the ledger was restored meanwhile, or the views are of
  // another life of it.
  Status PlanRollout(const v1::PlanRolloutRequest& request, const CommandMeta& meta,
                     v1::PlanRolloutResponse& response);

  // Every registered cell, as far as a sync plan must know it, at the ledger's head of now.
  // kUnavailable.
  Result<std::vector<FleetCell>> FleetNow();

 private:
  // Reads until the views know all that the ledger has.
  Status CatchUp();
  Status ShowRelease(const ledger::v1::Receipt& receipt, const CommandMeta& meta,
                     v1::CreateReleaseResponse& response);
  // Freezes a plan: its blob, then the event that names it, in the life of the ledger that the
  // views were of when the plan was made.
  Result<ledger::v1::AppendResponse> Freeze(const std::string& rollout_id,
                                            const v1::RolloutPlan& plan,
                                            const ledger::v1::Cursor& views_at,
                                            const CommandMeta& meta);
  Status ShowPlan(const ledger::v1::Receipt& receipt, const CommandMeta& meta,
                  v1::PlanRolloutResponse& response);
  Result<v1::RolloutPlan> MakePlan(const ReleaseRow& release);
  Result<v1::PlannedCell> PlanCell(const ReleaseRow& release, const Manifest& manifest,
                                   const decision::v1::CellEntry& cell);

  EventLog& log_;
  Workshop& workshop_;
  const Views& views_;
  projection::Runner& runner_;
};

}  // namespace hq::sync
