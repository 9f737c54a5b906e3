// One message to one channel, from intent to outcome: a stream `delivery-{key}`. Pure. Channels
// have no look-up, so an attempt whose outcome is unknown may have been a delivery: the outcome
// says so.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/notify/v1/notice.pb.h"

namespace hq::notify {

inline constexpr std::uint32_t kAttemptsMax = 8;

// The command that comes before every call to a channel.
struct BeginAttempt {
  std::int64_t not_after_us = 0;  // The call ends before this.
};

struct Delivery {
  static constexpr std::string_view kCategory = "delivery";
  using Event = ledger::v1::EffectEvent;
  using Events = std::vector<Event>;

  struct State {
    enum class Phase { kAbsent, kOpen, kClosed };
    Phase phase = Phase::kAbsent;
    std::uint32_t attempts = 0;
  };

  static State Fold(State state, const Event& event);
  static Result<Events> Decide(const State& state, const ledger::v1::EffectIntended& intended,
                               const CommandMeta& meta);
  // No events for one that is closed. kNotFound without an intent, kResourceExhausted after the
  // last attempt.
  static Result<Events> Decide(const State& state, const BeginAttempt& begin,
                               const CommandMeta& meta);
  static Result<Events> Decide(const State& state, const ledger::v1::EffectSettled& settled,
                               const CommandMeta& meta);
  static std::string Branch(std::string_view id);

  // Names a delivery for ever: the same record and target always give the same id, so that folding
  // the ledger again finds what was done. Persisted: never change.
  static std::string IdOf(std::string_view txn_id, std::string_view target);

  static ledger::v1::EffectIntended IntentOf(std::string_view id, std::string_view target,
                                             const v1::Notice& notice);
};

// How long to wait after failed attempt number `attempt` (1, 2, …): twice as long each time, at
// most a minute; `spread` in [0, 1) takes off up to half, so that many do not come back at once. A
// channel that says how long to wait is believed, up to ten minutes.
std::chrono::milliseconds BackoffAfter(std::uint32_t attempt, std::chrono::milliseconds base,
                                       double spread, std::chrono::milliseconds asked_for);

}  // namespace hq::notify
