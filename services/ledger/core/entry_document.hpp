// A line of a document (the whitepaper's ledger.jsonl) as an event, and a record as a line. A line
// that came in goes out as the very bytes that it was.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/config/strict_json.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {

// Whether a line holds nothing: such a line is skipped.
bool IsBlankLine(std::string_view line);

// Reads one line, without its line feed: strict JSON, the whitepaper's schema, our own rules. The
// event has source_id and source_line set. Any event name will do, also one that an aggregate owns:
// an imported entry has no data and says that it was imported. kInvalidArgument for a line that is
// no entry; FaultOfLine takes it apart.
Result<v1::NewEvent> ParseEntryLine(std::string_view line);

// As ParseEntryLine, for a line that has passed it: the schema is not asked again.
Result<v1::NewEvent> ParseCheckedLine(std::string_view line);

// kInvalidArgument, as above, for an entry that the ledger would not take at this time: one from
// the future.
Status CheckEntryTime(const v1::NewEvent& entry, TimePoint now);

// Where in the line, and what.
config::Fault FaultOfLine(const Status& status);

// The line, without its line feed: the one that was imported, or one with the whitepaper's fields
// that satisfies its schema.
std::string EntryLineOf(const v1::Record& record);

}  // namespace hq::ledger
