// How far into a history a restore goes, and how people write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"

namespace hq::ledger {

// What is reached first ends it. Nothing set: to the end of what is there.
struct Until {
  std::optional<Position> position;     // With this position.
  std::optional<std::int64_t> time_us;  // With the last record taken then or before; since 1970.

  // "latest", a position in decimal digits, or an RFC 3339 time. kInvalidArgument.
  static Result<Until> Parse(std::string_view text);
};

// kInvalidArgument if it is no RFC 3339 time.
Result<std::int64_t> ParseTimeUs(std::string_view text);

}  // namespace hq::ledger
