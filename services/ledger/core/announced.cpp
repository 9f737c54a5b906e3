#include "services/ledger/core/announced.hpp"

#include <absl/strings/escaping.h>

namespace hq::ledger {
namespace {

constexpr std::size_t kIdShownBytesMax = 64;  // Of another ledger's id.

Status Foreign(std::string_view reason, const std::string& detail) {
  return Refusal(absl::StatusCode::kFailedPrecondition, detail, reason,
                 "Give this ledger the announcement stream that belongs to it, or restore it.");
}

// Up to where the life of that record was kept; nothing if the record was not given up.
std::optional<Position> KeptOf(const v1::Record& record, std::uint64_t epoch,
                               const std::vector<Fork>& forks) {
  if (record.epoch() >= epoch) return std::nullopt;
  const auto in_common = InCommon(forks, record.epoch(), epoch);
  const bool is_given_up = in_common && record.position() > *in_common;
  return is_given_up ? in_common : std::nullopt;
}

}  // namespace

std::optional<v1::Record> AnnouncedRecord(std::string_view payload) {
  v1::Record record;
  const bool is_one = record.ParseFromArray(payload.data(), static_cast<int>(payload.size())) &&
                      !record.log_id().empty() && record.position() != 0;
  return is_one ? std::optional(std::move(record)) : std::nullopt;
}

Result<Announced> PlaceOf(const v1::Record& record, const v1::Cursor& head,
                          const std::vector<Fork>& forks) {
  // Escaped: an id is anybody's text here, and cut off it need not be UTF-8 any more.
  if (record.log_id() != head.log_id())
    return Foreign("ANNOUNCEMENTS_OF_ANOTHER_LEDGER",
                   "the announcement stream is of ledger " +
                       absl::CHexEscape(record.log_id().substr(0, kIdShownBytesMax)));
  if (const auto kept = KeptOf(record, head.epoch(), forks))
    return Announced{*kept, /*is_to_compare=*/false};
  if (record.position() > head.position())
    return Foreign("ANNOUNCEMENTS_AHEAD", "position " + std::to_string(record.position()) +
                                              " was announced, and the ledger ends at less");
  return Announced{record.position(), /*is_to_compare=*/true};
}

Status AnnouncementDiverged(Position position) {
  return Foreign("ANNOUNCEMENTS_DIVERGED",
                 "another record was announced at position " + std::to_string(position));
}

}  // namespace hq::ledger
