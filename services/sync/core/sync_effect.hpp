// One effect of sync's on a cell's repository: intended, attempted under fences, settled or
// abandoned. Pure. Its stream's id is `{effect key}.{cell}`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/session.hpp"
#include "hq/ledger/v1/events.pb.h"

namespace hq::sync {

struct SyncEffect {
  static constexpr std::string_view kCategory = "sync_effect";
  using Event = ledger::v1::EffectEvent;
  using Events = std::vector<Event>;

  struct State {
    enum class Phase { kAbsent, kIntended, kAttempted, kSettled, kAbandoned };
    Phase phase = Phase::kAbsent;
    std::uint32_t attempts = 0;
    ledger::v1::EffectSettled settled;
  };

  static std::string Id(std::string_view effect_key, std::string_view branch);
  static std::string Branch(std::string_view id);
  static State Fold(State state, const Event& event);

  // kFailedPrecondition if the fact cannot follow on what is known. An abandoned effect may be
  // intended again.
  static Result<Events> Record(const State& state, const Event& event);
};

}  // namespace hq::sync
