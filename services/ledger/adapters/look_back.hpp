// The last records of a range, looked for from its end on, one bounded step after the other: what
// is rare and far back keeps nobody else waiting.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "services/ledger/adapters/record_reader.hpp"

namespace hq::ledger {

// Not thread-safe.
class LookBack {
 public:
  // The rows of `limits` are one step's; records and bytes are those of all together. `reader`
  // outlives it.
  LookBack(const RecordReader& reader, Range range, const ChunkLimits& limits);

  // Looks further back; true once there is nothing more to find.
  bool Step();

  // What was found, rising; scanned_to is the range's end. Once.
  Chunk Take();

  // The last matching position; 0 if there is none.
  Position last() const { return found_.empty() ? 0 : found_.front().first; }

 private:
  const RecordReader& reader_;
  const Position scanned_to_;
  Range range_;                                          // Ends where the next step begins.
  ChunkLimits limits_;                                   // What may still be found.
  std::vector<std::pair<Position, std::string>> found_;  // Falling.
};

}  // namespace hq::ledger
