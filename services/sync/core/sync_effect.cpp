#include "services/sync/core/sync_effect.hpp"

namespace hq::sync {

using Phase = SyncEffect::State::Phase;

std::string SyncEffect::Id(std::string_view effect_key, std::string_view branch) {
  return std::string(effect_key) + "." + std::string(branch);
}

std::string SyncEffect::Branch(std::string_view id) {
  return std::string(id.substr(id.rfind('.') + 1));
}

SyncEffect::State SyncEffect::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kEffectIntended:
      state.phase = Phase::kIntended;
      state.attempts = 0;
      break;
    case Event::kEffectAttempted:
      state.phase = Phase::kAttempted;
      state.attempts = event.effect_attempted().attempt();
      break;
    case Event::kEffectSettled:
      state.phase = Phase::kSettled;
      state.settled = event.effect_settled();
      break;
    case Event::kEffectAbandoned:
      state.phase = Phase::kAbandoned;
      break;
    case Event::BODY_NOT_SET:
      break;  // Written by a newer version; loading it was refused before.
  }
  return state;
}

Result<SyncEffect::Events> SyncEffect::Record(const State& state, const Event& event) {
  const bool is_open = state.phase == Phase::kIntended || state.phase == Phase::kAttempted;
  bool may_follow = false;
  switch (event.body_case()) {
    case Event::kEffectIntended:
      if (is_open) return Events{};
      may_follow = state.phase != Phase::kSettled || !state.settled.succeeded();
      break;
    case Event::kEffectAttempted:
      may_follow = is_open && event.effect_attempted().attempt() == state.attempts + 1;
      break;
    case Event::kEffectSettled:
      if (state.phase == Phase::kSettled) return Events{};
      may_follow = is_open;
      break;
    case Event::kEffectAbandoned:
      if (state.phase == Phase::kAbandoned) return Events{};
      may_follow = is_open;
      break;
    case Event::BODY_NOT_SET:
      break;
  }
  if (may_follow) return Events{event};
  return absl::FailedPreconditionError(EventNameOf(event) + " cannot follow on what is known");
}

}  // namespace hq::sync
