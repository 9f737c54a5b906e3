#include "services/ledger/adapters/look_back.hpp"

#include <algorithm>

#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

LookBack::LookBack(const RecordReader& reader, Range range, const ChunkLimits& limits)
    : reader_(reader),
      scanned_to_(std::max(range.after, range.until)),
      range_(std::move(range)),
      limits_(limits) {}

bool LookBack::Step() {
  Position scanned_to = 0;
  for (auto& found : reader_.Back(range_, limits_, scanned_to)) {
    limits_.records -= 1;
    limits_.bytes -= std::min(limits_.bytes, found.second.size());
    found_.push_back(std::move(found));
  }
  range_.until = scanned_to - 1;
  return range_.until <= range_.after || limits_.records == 0 || limits_.bytes == 0;
}

Chunk LookBack::Take() {
  Chunk chunk;
  for (auto found = found_.rbegin(); found != found_.rend(); ++found) {
    AddFrame(chunk.frames, found->second);
    if (range_.LeavesOut()) chunk.positions.push_back(found->first);
  }
  chunk.records = found_.size();
  chunk.scanned_to = scanned_to_;
  found_ = {};
  return chunk;
}

}  // namespace hq::ledger
