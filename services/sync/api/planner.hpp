// Makes releases of commits, and plans of releases. Looks at repositories, never writes to one.
#pragma once

#include <string>

#include "common/events/session.hpp"
#include "common/projection/runner.hpp"
#include "services/sync/ports.hpp"
#include "services/sync/views/all.hpp"

namespace hq::sync {

// Thread-safe.
class Planner {
 public:
  // All outlive it.
  Planner(EventLog& log, Workshop& workshop, const Views& views, projection::Runner& runner)
      : log_(log), workshop_(workshop), views_(views), runner_(runner) {}

  // Codes as SyncService documents them.
  Status CreateRelease(const v1::CreateReleaseRequest& request, const CommandMeta& meta,
                       v1::CreateReleaseResponse& response);
  Status PlanRollout(const v1::PlanRolloutRequest& request, const CommandMeta& meta,
                     v1::PlanRolloutResponse& response);

 private:
  Result<v1::RolloutPlan> MakePlan(const ReleaseRow& release);
  Result<v1::PlannedCell> PlanCell(const ReleaseRow& release, const Manifest& manifest,
                                   const decision::v1::CellEntry& cell);

  EventLog& log_;
  Workshop& workshop_;
  const Views& views_;
  projection::Runner& runner_;
};

}  // namespace hq::sync
