#include "services/ledger/core/keys.hpp"

#include "common/base/big_endian.hpp"

// The ledger keeps two RocksDB databases. Persisted: never change a letter.
//
// `log`, the truth; every write is synced:
//   column family `log`       position            -> frames: the records from that position on, as
//                                                    core/record_frames has them; the next row
//                                                    begins where this one ends
//   column family `blobs`     sha256 (32 bytes)   -> the content
//   column family `default`   "log_id"            -> UUID text
//                             "epoch"             -> number
//                             "announced"         -> number (sequence) number (position)
//                             "id_floor"          -> TXN id: a repair could not know whether ids
//                                                    below it were issued
//                             "repairing"         -> number: a repair was to bring back the records
//                                                    up to this position, and has not ended yet
//                             "fork/" number (epoch) -> the signed statement that opened it
//
// `index`, worked out of the log, never synced; it may be deleted at any time:
//   's' stream 0 version                          -> posting list; version is its first record's
//   'b' branch 0 position                         -> posting list; position is its first
//   'e' event 0 position                          -> the same
//   'c' category 0 position                       -> the same
//   'a' actor 0 position                          -> the same
//   'r' correlation_id 0 position                 -> the same
//   'p' causation_id 0 position                   -> the same: what that record caused
//   'd' day number (counter)                      -> number: the position of the id day-counter
//   'k' part(producer) part(actor) command_id     -> CommandReceipt, see core/receipt_row
//   't' level (1 byte) number (index)             -> 256 hashes of 32 bytes; at level 0 the 16
//                                                    hashes of its middle row, see tile.hpp: rows
//                                                    of older builds have none
//   'm'                                           -> how far the index goes, see core/index_mark
//
//   position, version, number := 8 bytes, the most significant first
//   part(x)                   := the size of x, 2 bytes, the most significant first; then x
//   posting list              := see core/posting_list
//   day                       := YYYYMMDD
//   stream, branch, event, category, actor and the ids are text without a zero byte.

namespace hq::ledger::keys {
namespace {

std::string Row(char kind, std::string_view name) {
  std::string row(1, kind);
  row += name;
  row += '\0';
  return row;
}

std::string Part(std::string_view text) {
  std::string part;
  part += static_cast<char>((text.size() >> 8) & 0xff);
  part += static_cast<char>(text.size() & 0xff);
  part += text;
  return part;
}

}  // namespace

std::string OfStream(std::string_view stream) { return Row('s', stream); }
std::string OfBranch(std::string_view branch) { return Row('b', branch); }
std::string OfEvent(std::string_view event) { return Row('e', event); }
std::string OfCategory(std::string_view category) { return Row('c', category); }
std::string OfActor(std::string_view actor) { return Row('a', actor); }
std::string OfCorrelation(std::string_view correlation_id) { return Row('r', correlation_id); }
std::string OfCause(std::string_view causation_id) { return Row('p', causation_id); }

std::string OfIdRun(std::string_view day, std::uint64_t counter) {
  return "d" + std::string(day) + Number(counter);
}

std::string OfFork(std::uint64_t epoch) { return std::string(kForks) + Number(epoch); }

std::string OfCommand(std::string_view producer, std::string_view actor,
                      std::string_view command_id) {
  return "k" + Part(producer) + Part(actor) + std::string(command_id);
}

std::string OfTile(unsigned level, std::uint64_t index) {
  return std::string("t") + static_cast<char>(level) + Number(index);
}

}  // namespace hq::ledger::keys
