// Reads stored records in chunks, never past the position that the caller knows to be durable.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "services/ledger/adapters/log_index.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/selection.hpp"

namespace hq::ledger {

// A stretch of the ledger and what of it is wanted.
struct Range {
  Selection selection;
  Position after = 0;  // Starts behind this position.
  Position until = 0;  // Ends with this position.
  Position head = 0;   // The durable head when the range was made: nothing in between is wanted.
  Position floor = 0;  // What lies up to here was recorded before what is wanted.
  bool has_times = false;  // Whether it was bounded by when records were taken.

  // Whether a reader cannot go by positions alone to see that nothing is missing.
  bool LeavesOut() const { return has_times || !selection.IsEverything(); }
};

// How much one chunk may hold, and how many rows may be looked at for it.
struct ChunkLimits {
  std::size_t records = SIZE_MAX;
  std::size_t bytes = 512 * 1024;
  std::size_t rows = 4'096;
};

// Records as they are stored, framed as core/record_frames has it.
struct Chunk {
  std::string frames;
  std::size_t records = 0;
  std::vector<Position> positions;  // Of a range that leaves something out; else empty.
  Position scanned_to = 0;          // Everything up to here, or down to here, has been looked at.
};

// Thread-safe.
class RecordReader {
 public:
  RecordReader(const RocksStore& store, const LogIndex& index) : store_(store), index_(index) {}

  // The next chunk of a range, rising. May be empty before the range has ended: go on after
  // scanned_to.
  Chunk Read(const Range& range, const ChunkLimits& limits) const;

  // The next chunk of a range that is read back from its end, falling: go on with `until` one below
  // scanned_to, until that is not behind `after`.
  Chunk ReadBack(const Range& range, const ChunkLimits& limits) const;

  // The records of a range from its end on, falling, up to the limits; scanned_to as in ReadBack.
  std::vector<std::pair<Position, std::string>> Back(const Range& range, const ChunkLimits& limits,
                                                     Position& scanned_to) const;

  // The first position up to `until` that was recorded at `time_us` or later; until + 1 if none
  // was.
  Position FirstAt(std::int64_t time_us, Position until) const;

  // The position of the record with that id, up to `until`.
  std::optional<Position> PositionOf(const std::string& id, Position until) const;

 private:
  Chunk ReadSelected(const Range& range, const ChunkLimits& limits) const;

  const RocksStore& store_;
  const LogIndex& index_;
};

}  // namespace hq::ledger
