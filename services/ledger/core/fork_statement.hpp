// What it means to open a new life of the ledger behind a restored position: a statement of what
// is given up, for all to read, and ids that nobody can have been given before. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/fork.hpp"
#include "services/ledger/core/txn_id.hpp"

namespace hq::ledger {

// A record that was issued.
struct IssuedRecord {
  Position position = 0;
  TxnId id;
  std::int64_t recorded_at_us = 0;
};

// What is known of the ids that were issued before a fork.
struct IssuedIds {
  // The record that was restored to; position 0 if the new life starts from nothing.
  IssuedRecord restored;
  // The record with the largest id that was seen anywhere: in segments of any life, in the data of
  // the ledger that is given up. The restored one if there is no other.
  IssuedRecord furthest;
  // Whether nothing can have been issued behind `furthest`: the data of the ledger that is given
  // up were read to their end.
  bool is_tail_known = false;
  // The largest tree that anybody holds a checkpoint of; 0 if nobody was asked.
  Position witnessed = 0;
};

// The first id of the new life: larger than all that may have been issued. Where the tail is not
// known the bound rests on what holds for every record ever made: each is recorded at least one
// microsecond after the one before, so that between `furthest` and now no more ids than
// microseconds can have been issued; at least as many were as the witnesses saw. The counter then
// jumps to the next multiple of 1 000 000 above that bound. kOutOfRange if no counter is left.
Result<TxnId> FirstIdAfterFork(const IssuedIds& issued, std::int64_t now_us);

// What is signed, stored with the new life, and put into the archive. Published.
struct ForkStatement {
  std::string log_id;
  Fork point;                 // Which life is left where, and which one begins.
  std::string restored_hash;  // Of the record at point.restored_to, 32 bytes.
  Position abandoned_to = 0;  // The furthest known position that is given up; restored_to if none.
  bool is_tail_known = false;
  TxnId first_id;
  std::int64_t time_us = 0;  // Since 1970.
  std::string why;           // One printable line of at most kWhyBytesMax.

  // The text of the note, with its last newline.
  std::string Format() const;
  // kInvalidArgument for what Format would not have written, and if the log's id cannot be part of
  // its key's name: nobody could open such a statement.
  static Result<ForkStatement> Parse(std::string_view text);
};

// The points that these signed statements speak of, in their order. Signatures are not looked at.
// kInvalidArgument.
Result<std::vector<Fork>> ForksIn(const std::vector<std::string>& notes);

inline constexpr std::size_t kWhyBytesMax = 500;

// One line without control characters, not empty, not too long.
bool IsWhy(std::string_view text);

}  // namespace hq::ledger
