// What a rollout does next, as a pure function of what the ledger says of it. With `onFailure:
// halt` one cell moves at a time (tolerance 0, ruling D-16), so there is always exactly one next
// step.
#pragma once

#include <map>
#include <string>

#include "services/sync/core/cell_rollout.hpp"
#include "services/sync/core/rollout.hpp"

namespace hq::sync {

enum class StepKind {
  kNothing,  // Not started, paused, or at its end.
  // The rollout's own.
  kOpenWave,
  kPassWave,
  kBlock,
  kComplete,
  kFinishRollback,
  // A cell's way forward.
  kPrepare,
  kReportConflict,
  kPush,
  kOpenPullRequest,
  kAwaitChecks,
  kMerge,
  kAwaitDeploy,
  kWatchHealth,
  // A cell's way back.
  kPrepareRevert,
  kPushRevert,
  kOpenRevert,
  kMergeRevert,
  kAwaitReverted,
  kAskLock,
};

struct Step {
  StepKind kind = StepKind::kNothing;
  std::string branch;  // The cell; empty for the rollout's own steps.
};

using CellStates = std::map<std::string, CellRollout::State>;

// `cells` holds every cell of every wave.
Step NextStep(const Rollout::State& rollout, const CellStates& cells);

// The cells that carry the release and are not taken back yet, in the reverse of the order in which
// they merged.
std::vector<std::string> RollbackOrder(const CellStates& cells);

// The cells of the open wave that did not take the release.
std::vector<std::string> ExceptionsOf(const Rollout::State& rollout, const CellStates& cells);

}  // namespace hq::sync
