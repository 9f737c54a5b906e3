// Which cell sails in which wave: a pure function of the sync plan and the fleet.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::sync {

// A registered cell as far as a plan must know it.
struct FleetCell {
  std::string id;
  std::string tier;
  bool is_locked = false;
  bool is_in_maintenance = false;
  bool is_stopped = false;  // By a kill switch of its own.
};

// Who gets a release when, and who does not get it.
struct WavePlan {
  std::vector<v1::Wave> waves;  // No empty ones.
  std::vector<v1::SkippedCell> skipped;
};

// Every cell is in exactly one wave or skipped with a reason. kFailedPrecondition, reason
// NO_CANARY, if the canary wave would be empty (ruling D-17).
Result<WavePlan> PlanWaves(const v1::SyncPlanApplied& plan, const std::vector<FleetCell>& fleet);

// What is wrong with the plan's `order` for this fleet, for people; empty if nothing is. It must
// not put a cell that is no canary, by name or among those that `*` stands for, before a canary
// that it names. Ids that are not registered are no fault: their cells may come later.
std::string FaultInOrder(const v1::SyncPlanApplied& plan, const std::vector<FleetCell>& fleet);

}  // namespace hq::sync
