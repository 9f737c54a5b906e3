// The chain of records: each carries the leaf hash of the one before, so the last hash stands for
// all of history. Pure: the committer's only way to make a record.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/tree_hasher.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"
#include "services/ledger/core/txn_id.hpp"

namespace hq::ledger {

// Where the chain ends, and all that the next record depends on.
struct ChainHead {
  std::string log_id;
  std::uint64_t epoch = 1;
  Position position = 0;
  std::string hash = ZeroHash();
  std::int64_t recorded_at_us = 0;
  TxnId id;
  std::int64_t day_ends_us = 0;  // Until when id.day is the day; 0 if that is not worked out.
  TxnId id_floor;  // No id below this one is issued any more; counter 0 if there is no such bound.
};

// One record, made once: the bytes are what is stored, hashed, served and published.
struct Link {
  v1::Record record;
  std::string bytes;
};

// Appends one record to the chain: fills in log_id, epoch, position, previous_hash, id and
// recorded_at, and advances `head` to it. recorded_at is max(now, the last one + 1 µs).
Link Extend(ChainHead& head, v1::Record draft, std::int64_t now_us);

// The same for many records in a row: the bytes go behind what is in `frames`, framed; `record` is
// the draft, and complete afterwards. Returns the leaf hash, which is also the new head's.
const std::string& ExtendInto(ChainHead& head, v1::Record& record, std::int64_t now_us,
                              TreeHasher& hasher, std::string& frames);

// The record that an event of a request becomes, but for what Extend fills in; into a record that
// may be used again: all of its fields are replaced.
void DraftInto(v1::Record& draft, const v1::AppendRequest& request, const v1::StreamAppend& append,
               const v1::NewEvent& event, Version version, const std::string& producer);

// Takes the next stored record: kDataLoss, saying at which position and why, if it is not the
// successor of `head`; otherwise `head` is advanced to it.
Status Follow(ChainHead& head, std::string_view bytes);

// The same for a record that was parsed from the bytes already.
Status Follow(ChainHead& head, const v1::Record& record, std::string_view bytes);

// The head that lies right behind a stored record. kDataLoss if the bytes are no record.
Result<ChainHead> HeadAfter(std::string_view bytes);

}  // namespace hq::ledger
