#include "services/ledger/core/until.hpp"

#include <charconv>

#include "common/base/clock.hpp"
#include "common/config/strict_json.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kShownBytesMax = 60;

Status NoMoment(std::string_view text, std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument,
                 config::JsonString(text.substr(0, kShownBytesMax)) + ": " + std::string(why),
                 "INVALID_MOMENT", "Write a position, 2026-11-26T09:00:00Z, or latest.");
}

}  // namespace

Result<std::int64_t> ParseTimeUs(std::string_view text) {
  if (const auto time_us = MicrosOfRfc3339(text)) return *time_us;
  return NoMoment(text, "no position and no RFC 3339 time");
}

Result<Until> Until::Parse(std::string_view text) {
  Until until;
  if (text == "latest") return until;
  Position position = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), position);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
    if (position == 0) return NoMoment(text, "positions begin at 1");
    until.position = position;
    return until;
  }
  HQ_ASSIGN_OR_RETURN(until.time_us, ParseTimeUs(text));
  return until;
}

}  // namespace hq::ledger
