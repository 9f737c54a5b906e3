#include "services/sync/core/step.hpp"

#include <algorithm>

namespace hq::sync {
namespace {

StepKind ForwardStep(const CellRollout::State& cell) {
  switch (static_cast<int>(cell.phase)) {
    case v1::CELL_PHASE_PENDING:
      return StepKind::kPrepare;
    case v1::CELL_PHASE_PREPARED:
      return StepKind::kPush;
    case v1::CELL_PHASE_PUSHED:
      return StepKind::kOpenPullRequest;
    case v1::CELL_PHASE_PR_OPEN:
      return StepKind::kAwaitChecks;
    case v1::CELL_PHASE_MERGE_READY:
      return StepKind::kMerge;
    case v1::CELL_PHASE_MERGED:
      return StepKind::kAwaitDeploy;
    case v1::CELL_PHASE_DEPLOYED:
      return StepKind::kWatchHealth;
    case v1::CELL_PHASE_CONFLICT:
      return cell.has_conflict_report ? StepKind::kNothing : StepKind::kReportConflict;
    default:
      return StepKind::kNothing;
  }
}

StepKind BackStep(const CellRollout::State& cell) {
  const bool is_back = cell.phase == v1::CELL_PHASE_REVERTED ||
                       cell.phase == v1::CELL_PHASE_REVERT_STUCK || !IsMerged(cell);
  if (is_back) return cell.has_failed && !cell.lock_asked ? StepKind::kAskLock : StepKind::kNothing;
  if (cell.revert.cell_head().empty()) return StepKind::kPrepareRevert;
  if (cell.revert_merged || cell.revert.already_reverted()) return StepKind::kAwaitReverted;
  if (!cell.revert_pushed) return StepKind::kPushRevert;
  if (cell.revert_pull_request.number() == 0) return StepKind::kOpenRevert;
  return StepKind::kMergeRevert;
}

const CellRollout::State& StateOf(const CellStates& cells, const std::string& branch) {
  static const CellRollout::State kNone;
  const auto it = cells.find(branch);
  return it == cells.end() ? kNone : it->second;
}

Step RunningStep(const Rollout::State& rollout, const CellStates& cells) {
  const auto& waves = rollout.planned.waves();
  if (rollout.wave >= static_cast<std::uint32_t>(waves.size())) return {StepKind::kComplete, ""};
  if (!rollout.is_wave_open) return {StepKind::kOpenWave, ""};
  const auto& wave = waves[static_cast<int>(rollout.wave)];
  bool has_verified = false;
  for (const std::string& branch : wave.cells()) {
    const auto& cell = StateOf(cells, branch);
    const StepKind step = ForwardStep(cell);
    if (step != StepKind::kNothing) return {step, branch};
    has_verified = has_verified || cell.phase == v1::CELL_PHASE_HEALTHY ||
                   cell.phase == v1::CELL_PHASE_UNCHANGED;
  }
  // An empty canary wave, or one in which nobody took the release, verified nothing (ruling D-17).
  if (rollout.wave == 0 && !has_verified) return {StepKind::kBlock, ""};
  return {StepKind::kPassWave, ""};
}

Step RollbackStep(const Rollout::State& rollout, const CellStates& cells) {
  for (const std::string& branch : rollout.rollback) {
    const StepKind step = BackStep(StateOf(cells, branch));
    if (step != StepKind::kNothing && step != StepKind::kAskLock) return {step, branch};
  }
  for (const auto& [branch, cell] : cells)
    if (cell.has_failed && !cell.lock_asked) return {StepKind::kAskLock, branch};
  return {StepKind::kFinishRollback, ""};
}

}  // namespace

Step NextStep(const Rollout::State& rollout, const CellStates& cells) {
  if (rollout.phase == v1::ROLLOUT_PHASE_RUNNING) return RunningStep(rollout, cells);
  if (rollout.phase == v1::ROLLOUT_PHASE_ROLLING_BACK) return RollbackStep(rollout, cells);
  return {};
}

std::vector<std::string> RollbackOrder(const CellStates& cells) {
  std::vector<std::pair<std::uint32_t, std::string>> merged;
  for (const auto& [branch, cell] : cells)
    if (IsMerged(cell) && cell.phase != v1::CELL_PHASE_REVERTED)
      merged.emplace_back(cell.merged.merge_order(), branch);
  std::sort(merged.rbegin(), merged.rend());
  std::vector<std::string> order;
  for (auto& [place, branch] : merged) order.push_back(std::move(branch));
  return order;
}

std::vector<std::string> ExceptionsOf(const Rollout::State& rollout, const CellStates& cells) {
  std::vector<std::string> exceptions;
  for (const std::string& branch : rollout.planned.waves(static_cast<int>(rollout.wave)).cells()) {
    const auto phase = StateOf(cells, branch).phase;
    if (phase != v1::CELL_PHASE_HEALTHY && phase != v1::CELL_PHASE_UNCHANGED)
      exceptions.push_back(branch);
  }
  return exceptions;
}

}  // namespace hq::sync
