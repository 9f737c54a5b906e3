#include "services/sync/core/cell_rollout.hpp"

#include <algorithm>
#include <initializer_list>

namespace hq::sync {
namespace {

using CellEvent = CellRollout::Event;

bool IsOneOf(v1::CellPhase phase, std::initializer_list<v1::CellPhase> phases) {
  return std::find(phases.begin(), phases.end(), phase) != phases.end();
}

// Whether the fact may follow on what is known of the way forward.
bool MayFollowForward(v1::CellPhase phase, CellEvent::BodyCase fact) {
  switch (static_cast<int>(fact)) {
    case CellEvent::kCellPrepared:
    case CellEvent::kCellUnchanged:
    case CellEvent::kConflictDetected:
      return phase == v1::CELL_PHASE_PENDING;
    case CellEvent::kConflictReported:
      return phase == v1::CELL_PHASE_CONFLICT;
    case CellEvent::kCellSkipped:
      return IsOneOf(phase, {v1::CELL_PHASE_PENDING, v1::CELL_PHASE_PREPARED, v1::CELL_PHASE_PUSHED,
                             v1::CELL_PHASE_PR_OPEN, v1::CELL_PHASE_MERGE_READY});
    case CellEvent::kBranchPushed:
      return phase == v1::CELL_PHASE_PREPARED;
    case CellEvent::kPullRequestOpened:
      return phase == v1::CELL_PHASE_PUSHED;
    case CellEvent::kChecksPassed:
      return phase == v1::CELL_PHASE_PR_OPEN;
    case CellEvent::kPullRequestDeclined:
    case CellEvent::kPullRequestMerged:
      return IsOneOf(phase, {v1::CELL_PHASE_PR_OPEN, v1::CELL_PHASE_MERGE_READY});
    case CellEvent::kDeployObserved:
      return phase == v1::CELL_PHASE_MERGED;
    case CellEvent::kHealthVerified:
      return phase == v1::CELL_PHASE_DEPLOYED;
    case CellEvent::kDeployFailed:
      return !IsSettled(phase);
    default:
      return false;
  }
}

// Whether it may follow on the way back.
bool MayFollowBack(const CellRollout::State& state, CellEvent::BodyCase fact) {
  const bool is_reverting = state.phase == v1::CELL_PHASE_REVERTING;
  switch (static_cast<int>(fact)) {
    case CellEvent::kRevertPrepared:
    case CellEvent::kRevertConflicted:
      return IsMerged(state) && state.phase != v1::CELL_PHASE_REVERTED;
    case CellEvent::kRevertPushed:
      return is_reverting && !state.revert_pushed;
    case CellEvent::kRevertOpened:
      return is_reverting && state.revert_pushed;
    case CellEvent::kRevertConsentNeeded:
    case CellEvent::kRevertMerged:
      return is_reverting && state.revert_pull_request.number() != 0;
    case CellEvent::kCellReverted:
      return is_reverting && (state.revert_merged || state.revert.already_reverted());
    case CellEvent::kCellLockAsked:
      return state.has_failed;
    default:
      return false;
  }
}

bool IsKnown(const CellRollout::State& state, CellEvent::BodyCase fact) {
  switch (static_cast<int>(fact)) {
    case CellEvent::kCellPrepared:
      return !state.prepared.head_commit().empty();
    case CellEvent::kCellUnchanged:
      return state.phase == v1::CELL_PHASE_UNCHANGED;
    case CellEvent::kConflictDetected:
      return !state.conflicts.empty();
    case CellEvent::kConflictReported:
      return state.has_conflict_report;
    case CellEvent::kCellSkipped:
      return state.phase == v1::CELL_PHASE_SKIPPED;
    case CellEvent::kPullRequestDeclined:
      return state.phase == v1::CELL_PHASE_DECLINED;
    case CellEvent::kPullRequestOpened:
      return state.pull_request.number() != 0;
    case CellEvent::kPullRequestMerged:
      return IsMerged(state);
    case CellEvent::kHealthVerified:
      return state.phase == v1::CELL_PHASE_HEALTHY;
    case CellEvent::kDeployFailed:
      return state.has_failed;
    case CellEvent::kRevertPrepared:
      return !state.revert.cell_head().empty();
    case CellEvent::kRevertPushed:
      return state.revert_pushed;
    case CellEvent::kRevertOpened:
      return state.revert_pull_request.number() != 0;
    case CellEvent::kRevertConsentNeeded:
      return state.revert_consent_needed;
    case CellEvent::kRevertMerged:
      return state.revert_merged;
    case CellEvent::kCellReverted:
      return state.phase == v1::CELL_PHASE_REVERTED;
    case CellEvent::kRevertConflicted:
      return state.phase == v1::CELL_PHASE_REVERT_STUCK;
    case CellEvent::kCellLockAsked:
      return state.lock_asked;
    default:
      return false;
  }
}

void FoldBeginning(CellRollout::State& state, const CellEvent& event) {
  switch (static_cast<int>(event.body_case())) {
    case CellEvent::kCellPrepared:
      state.phase = v1::CELL_PHASE_PREPARED;
      state.prepared = event.cell_prepared();
      break;
    case CellEvent::kCellUnchanged:
      state.phase = v1::CELL_PHASE_UNCHANGED;
      break;
    case CellEvent::kConflictDetected:
      state.phase = v1::CELL_PHASE_CONFLICT;
      state.conflicts.assign(event.conflict_detected().paths().begin(),
                             event.conflict_detected().paths().end());
      state.why = "the cell's own edit and the release touch the same place";
      break;
    case CellEvent::kConflictReported:
      state.has_conflict_report = true;
      state.issue = event.conflict_reported().issue();
      break;
    case CellEvent::kCellSkipped:
      state.phase = v1::CELL_PHASE_SKIPPED;
      state.why = event.cell_skipped().reason();
      break;
    default:
      break;
  }
}

void FoldPullRequest(CellRollout::State& state, const CellEvent& event) {
  switch (static_cast<int>(event.body_case())) {
    case CellEvent::kBranchPushed:
      state.phase = v1::CELL_PHASE_PUSHED;
      break;
    case CellEvent::kPullRequestOpened:
      state.phase = v1::CELL_PHASE_PR_OPEN;
      state.pull_request = event.pull_request_opened();
      break;
    case CellEvent::kChecksPassed:
      state.phase = v1::CELL_PHASE_MERGE_READY;
      break;
    case CellEvent::kPullRequestDeclined:
      state.phase = v1::CELL_PHASE_DECLINED;
      state.why = "the owner closed the pull request";
      break;
    case CellEvent::kPullRequestMerged:
      state.phase = v1::CELL_PHASE_MERGED;
      state.merged = event.pull_request_merged();
      break;
    case CellEvent::kDeployObserved:
      state.phase = v1::CELL_PHASE_DEPLOYED;
      break;
    case CellEvent::kHealthVerified:
      state.phase = v1::CELL_PHASE_HEALTHY;
      break;
    case CellEvent::kDeployFailed:
      state.phase = IsMerged(state) ? v1::CELL_PHASE_REVERTING : v1::CELL_PHASE_FAILED;
      state.has_failed = true;
      state.why = event.deploy_failed().reason();
      break;
    default:
      break;
  }
}

void FoldBack(CellRollout::State& state, const CellEvent& event) {
  switch (static_cast<int>(event.body_case())) {
    case CellEvent::kRevertPrepared:
      state.phase = v1::CELL_PHASE_REVERTING;
      state.revert = event.revert_prepared();
      break;
    case CellEvent::kRevertPushed:
      state.revert_pushed = true;
      break;
    case CellEvent::kRevertOpened:
      state.revert_pull_request = event.revert_opened();
      break;
    case CellEvent::kRevertConsentNeeded:
      state.revert_consent_needed = true;
      state.why = "waits for the owner to merge the revert";
      break;
    case CellEvent::kRevertMerged:
      state.revert_merged = true;
      break;
    case CellEvent::kCellReverted:
      state.phase = v1::CELL_PHASE_REVERTED;
      break;
    case CellEvent::kRevertConflicted:
      state.phase = v1::CELL_PHASE_REVERT_STUCK;
      state.why = "the revert does not go in cleanly: a person must";
      break;
    case CellEvent::kCellLockAsked:
      state.lock_asked = true;
      break;
    default:
      break;
  }
}

}  // namespace

std::string CellRollout::Id(std::string_view rollout_id, std::string_view branch) {
  return std::string(rollout_id) + "." + std::string(branch);
}

std::string CellRollout::Branch(std::string_view id) {
  return std::string(id.substr(id.rfind('.') + 1));
}

CellRollout::State CellRollout::Fold(State state, const Event& event) {
  FoldBeginning(state, event);
  FoldPullRequest(state, event);
  FoldBack(state, event);
  return state;
}

Result<CellRollout::Events> CellRollout::Record(const State& state, const Event& event) {
  const auto fact = event.body_case();
  if (IsKnown(state, fact)) return Events{};
  if (MayFollowForward(state.phase, fact) || MayFollowBack(state, fact)) return Events{event};
  return absl::FailedPreconditionError(EventNameOf(event) + " cannot follow on " +
                                       v1::CellPhase_Name(state.phase));
}

bool IsSettled(v1::CellPhase phase) {
  return IsOneOf(phase, {v1::CELL_PHASE_HEALTHY, v1::CELL_PHASE_UNCHANGED, v1::CELL_PHASE_CONFLICT,
                         v1::CELL_PHASE_SKIPPED, v1::CELL_PHASE_DECLINED, v1::CELL_PHASE_FAILED,
                         v1::CELL_PHASE_REVERTED, v1::CELL_PHASE_REVERT_STUCK});
}

bool IsMerged(const CellRollout::State& state) { return state.merged.number() != 0; }

}  // namespace hq::sync
