#include "services/notify/core/delivery.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "services/notify/core/target.hpp"

namespace hq::notify {

Delivery::State Delivery::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kEffectIntended:
      state.phase = State::Phase::kOpen;
      break;
    case Event::kEffectAttempted:
      state.attempts = event.effect_attempted().attempt();
      break;
    case Event::kEffectSettled:
    case Event::kEffectAbandoned:
      state.phase = State::Phase::kClosed;
      break;
    case Event::BODY_NOT_SET:
      break;
  }
  return state;
}

Result<Delivery::Events> Delivery::Decide(const State& state,
                                          const ledger::v1::EffectIntended& intended,
                                          const CommandMeta&) {
  if (state.phase != State::Phase::kAbsent) return Events{};
  Events events(1);
  *events[0].mutable_effect_intended() = intended;
  return events;
}

Result<Delivery::Events> Delivery::Decide(const State& state, const BeginAttempt& begin,
                                          const CommandMeta&) {
  if (state.phase == State::Phase::kAbsent) return absl::NotFoundError("no such delivery");
  if (state.phase == State::Phase::kClosed) return Events{};
  if (state.attempts >= kAttemptsMax)
    return Refusal(absl::StatusCode::kResourceExhausted, "the last attempt was made",
                   "ATTEMPTS_SPENT", "Settle it as failed.");
  Events events(1);
  auto& attempted = *events[0].mutable_effect_attempted();
  attempted.set_attempt(state.attempts + 1);
  attempted.set_not_after_us(begin.not_after_us);
  return events;
}

Result<Delivery::Events> Delivery::Decide(const State& state,
                                          const ledger::v1::EffectSettled& settled,
                                          const CommandMeta&) {
  if (state.phase == State::Phase::kAbsent) return absl::NotFoundError("no such delivery");
  if (state.phase == State::Phase::kClosed) return Events{};
  Events events(1);
  *events[0].mutable_effect_settled() = settled;
  return events;
}

std::string Delivery::Branch(std::string_view) { return std::string(kHqBranch); }

std::string Delivery::IdOf(std::string_view txn_id, std::string_view target) {
  return KeyOf({txn_id, target});
}

ledger::v1::EffectIntended Delivery::IntentOf(std::string_view id, std::string_view target,
                                              const v1::Notice& notice) {
  ledger::v1::EffectIntended intended;
  intended.set_effect_key(std::string(id));
  intended.set_kind(KindOf(target));
  intended.set_target(std::string(target));
  intended.set_payload(notice.SerializeAsString());
  intended.set_repeatability(ledger::v1::REPEATABILITY_MAY_DOUBLE);
  return intended;
}

std::chrono::milliseconds BackoffAfter(std::uint32_t attempt, std::chrono::milliseconds base,
                                       double spread, std::chrono::milliseconds asked_for) {
  constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(1);
  constexpr std::chrono::milliseconds kLongestAskedFor = std::chrono::minutes(10);
  if (asked_for.count() > 0) return std::min(asked_for, kLongestAskedFor);
  const std::uint32_t doublings = std::min(attempt - std::min(attempt, 1u), 16u);
  const auto whole = std::min(base * (std::int64_t{1} << doublings), kLongest);
  const auto off = static_cast<std::int64_t>(spread * static_cast<double>(whole.count()) / 2);
  return whole - std::chrono::milliseconds(off);
}

}  // namespace hq::notify
