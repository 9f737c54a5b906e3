// The prices in force: a whole book replaces the one before and never changes again. A usage is
// priced by the book that was in force when it happened.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/billing/v1/events.pb.h"

namespace hq::billing {

struct PriceBook {
  static constexpr std::string_view kCategory = "price_book";
  using Event = v1::PriceBookEvent;
  using Events = std::vector<Event>;
  struct State {
    std::optional<v1::PriceBookApplied> latest;
  };

  static State Fold(State state, const Event& event);
  static std::string Branch(std::string_view id);

  // `command` is a whole book without number and time. kInvalidArgument for a tier that is unknown,
  // stands twice or has a negative price or limit, for a malformed currency, or if `canary` and
  // `incubation` are both missing; kFailedPrecondition if the currency is another than before.
  static Result<Events> Decide(const State& state, const v1::PriceBookApplied& command,
                               const CommandMeta& meta);

  // What the event changes, for people, a line a change.
  static std::vector<std::string> Describe(const State& before, const Event& event);
};

// Tiers that a price book may have, in the order of their names.
const std::vector<std::string>& BillingTiers();

// The tier's price in a book; null if it has none.
const v1::TierPrice* FindPrice(const v1::PriceBookApplied& book, std::string_view tier);

}  // namespace hq::billing
