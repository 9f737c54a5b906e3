#include "services/sync/core/rollout.hpp"

namespace hq::sync {
namespace {

bool MayRolloutFollow(const Rollout::State& state, const Rollout::Event& event) {
  const auto phase = state.phase;
  const bool is_running = phase == v1::ROLLOUT_PHASE_RUNNING;
  const bool has_ended = phase == v1::ROLLOUT_PHASE_COMPLETED ||
                         phase == v1::ROLLOUT_PHASE_BLOCKED ||
                         phase == v1::ROLLOUT_PHASE_ROLLBACK_STUCK;
  switch (static_cast<int>(event.body_case())) {
    case Rollout::Event::kRolloutPlanned:
      return phase == v1::ROLLOUT_PHASE_UNSPECIFIED;
    case Rollout::Event::kRolloutStarted:
      return phase == v1::ROLLOUT_PHASE_PLANNED;
    case Rollout::Event::kWaveOpened:
      return is_running && !state.is_wave_open && event.wave_opened().wave() == state.wave;
    case Rollout::Event::kWavePassed:
      return is_running && state.is_wave_open && event.wave_passed().wave() == state.wave;
    case Rollout::Event::kRolloutBlocked:
    case Rollout::Event::kRolloutHalted:
    case Rollout::Event::kRolloutCompleted:
      return is_running;
    case Rollout::Event::kRolloutPaused:
      return is_running || phase == v1::ROLLOUT_PHASE_ROLLING_BACK;
    case Rollout::Event::kRolloutResumed:
      return phase == v1::ROLLOUT_PHASE_PAUSED;
    case Rollout::Event::kRollbackStarted:
      return is_running || has_ended || phase == v1::ROLLOUT_PHASE_PAUSED;
    case Rollout::Event::kRolloutRolledBack:
      return phase == v1::ROLLOUT_PHASE_ROLLING_BACK;
    default:
      return false;
  }
}

bool IsRolloutKnown(const Rollout::State& state, const Rollout::Event& event) {
  switch (static_cast<int>(event.body_case())) {
    case Rollout::Event::kRolloutStarted:
      return state.phase == v1::ROLLOUT_PHASE_RUNNING;
    case Rollout::Event::kRolloutPaused:
      return state.phase == v1::ROLLOUT_PHASE_PAUSED;
    case Rollout::Event::kRollbackStarted:
      return state.phase == v1::ROLLOUT_PHASE_ROLLING_BACK;
    case Rollout::Event::kRolloutCompleted:
      return state.phase == v1::ROLLOUT_PHASE_COMPLETED;
    case Rollout::Event::kRolloutResumed:
      return state.phase == v1::ROLLOUT_PHASE_RUNNING &&
             state.paused_from != v1::ROLLOUT_PHASE_UNSPECIFIED;
    default:
      return false;
  }
}

}  // namespace

Rollout::State Rollout::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kRolloutPlanned:
      state.phase = v1::ROLLOUT_PHASE_PLANNED;
      state.planned = event.rollout_planned();
      break;
    case Event::kRolloutStarted:
      state.phase = v1::ROLLOUT_PHASE_RUNNING;
      break;
    case Event::kWaveOpened:
      state.is_wave_open = true;
      break;
    case Event::kWavePassed:
      state.is_wave_open = false;
      ++state.wave;
      state.exceptions.insert(state.exceptions.end(), event.wave_passed().exceptions().begin(),
                              event.wave_passed().exceptions().end());
      break;
    case Event::kRolloutBlocked:
      state.phase = v1::ROLLOUT_PHASE_BLOCKED;
      state.why = event.rollout_blocked().reason();
      break;
    case Event::kRolloutPaused:
      state.paused_from = state.phase;
      state.phase = v1::ROLLOUT_PHASE_PAUSED;
      state.why = event.rollout_paused().reason();
      break;
    case Event::kRolloutResumed:
      state.phase = state.paused_from;
      state.why = event.rollout_resumed().reason();
      break;
    case Event::kRolloutHalted:
      state.why = event.rollout_halted().branch() + ": " + event.rollout_halted().reason();
      break;
    case Event::kRollbackStarted:
      state.phase = v1::ROLLOUT_PHASE_ROLLING_BACK;
      state.rollback.assign(event.rollback_started().cells().begin(),
                            event.rollback_started().cells().end());
      if (state.why.empty()) state.why = event.rollback_started().reason();
      break;
    case Event::kRolloutRolledBack:
      state.phase = event.rollout_rolled_back().stuck().empty() ? v1::ROLLOUT_PHASE_ROLLED_BACK
                                                                : v1::ROLLOUT_PHASE_ROLLBACK_STUCK;
      break;
    case Event::kRolloutCompleted:
      state.phase = v1::ROLLOUT_PHASE_COMPLETED;
      break;
    case Event::BODY_NOT_SET:
      break;  // Written by a newer version; loading it was refused before.
  }
  return state;
}

Result<Rollout::Events> Rollout::Record(const State& state, const Event& event) {
  if (IsRolloutKnown(state, event)) return Events{};
  if (MayRolloutFollow(state, event)) return Events{event};
  if (state.phase == v1::ROLLOUT_PHASE_UNSPECIFIED)
    return Refusal(absl::StatusCode::kNotFound, "no such rollout", "NO_SUCH_ROLLOUT",
                   "List the rollouts to see their ids.");
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "the rollout is " + v1::RolloutPhase_Name(state.phase) + ": " +
                     EventNameOf(event) + " cannot follow on that",
                 "WRONG_PHASE", "Look at the rollout to see where it stands.");
}

RolloutFence::State RolloutFence::Fold(State state, const Event&) {
  ++state.moves;
  return state;
}

RolloutFence::Event RolloutFence::Moved(std::string_view reason) {
  Event event;
  event.mutable_rollout_fence_moved()->set_reason(std::string(reason));
  return event;
}

bool IsUnfinished(v1::RolloutPhase phase) {
  return phase == v1::ROLLOUT_PHASE_RUNNING || phase == v1::ROLLOUT_PHASE_PAUSED ||
         phase == v1::ROLLOUT_PHASE_ROLLING_BACK;
}

}  // namespace hq::sync
