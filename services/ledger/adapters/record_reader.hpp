// Reads stored records in chunks, never past the position that the caller knows to be durable.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/selection.hpp"

namespace hq::ledger {

// A stretch of the ledger and what of it is wanted.
struct Range {
  Selection selection;
  Position after = 0;  // Starts behind this position.
  Position until = 0;  // Ends with this position.
  Position head = 0;   // The durable head when the range was made: nothing in between is wanted.
};

// How much one chunk may hold, and how many rows may be looked at for it.
struct ChunkLimits {
  std::size_t records = 256;
  std::size_t bytes = 1024 * 1024;
  std::size_t rows = 4'096;
};

// Stored bytes, in rising order of position.
struct Chunk {
  std::vector<std::string> records;
  Position scanned_to = 0;  // Everything up to here has been looked at.
};

// Thread-safe.
class RecordReader {
 public:
  explicit RecordReader(const RocksStore& store) : store_(store) {}

  // The next chunk of a range. May be empty before the range has ended: go on after scanned_to.
  Chunk Read(const Range& range, const ChunkLimits& limits) const;

  // The last records of a range, in rising order.
  Chunk ReadLast(const Range& range, const ChunkLimits& limits) const;

  // The first position up to `until` that was recorded at `time_us` or later; until + 1 if none
  // was.
  Position FirstAt(std::int64_t time_us, Position until) const;

  // The position of the record with that id.
  std::optional<Position> PositionOf(const std::string& id) const;

  // The receipt of a command.
  std::optional<v1::CommandReceipt> ReceiptOf(const std::string& producer, const std::string& actor,
                                              const std::string& command_id) const;

 private:
  const RocksStore& store_;
};

}  // namespace hq::ledger
