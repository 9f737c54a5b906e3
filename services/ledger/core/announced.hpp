// What a message that lies in the announcement stream says about how far announcing came. Whoever
// reaches NATS may have put it there: it is held against the ledger, and never believed. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/fork.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

// The record in such a message; nothing if it is a stray one.
std::optional<v1::Record> AnnouncedRecord(std::string_view payload);

// Where announcing goes on behind an announced record.
struct Announced {
  Position position = 0;
  // The ledger has that position: it counts only if the bytes there are those of the message.
  bool is_to_compare = false;
};

// `forks` are those of the ledger; they matter for a record of an earlier life alone: one that a
// restore gave up is no other history, announcing goes on behind what was kept of that life.
// kFailedPrecondition, reason ANNOUNCEMENTS_OF_ANOTHER_LEDGER or ANNOUNCEMENTS_AHEAD.
Result<Announced> PlaceOf(const v1::Record& record, const v1::Cursor& head,
                          const std::vector<Fork>& forks);

// kFailedPrecondition, reason ANNOUNCEMENTS_DIVERGED: other bytes than the ledger's were announced.
Status AnnouncementDiverged(Position position);

}  // namespace hq::ledger
