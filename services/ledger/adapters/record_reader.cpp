#include "services/ledger/adapters/record_reader.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kBatch = 512;  // Positions asked of the index at once.

// Finds records one by one, neighbours without going to the store again.
class Picker {
 public:
  explicit Picker(const RocksStore& store) : store_(store) {}

  // The record's bytes, good until the next call.
  std::string_view At(Position position) {
    if (records_.empty() || position < row_.first || position >= row_.first + records_.size())
      Load(position);
    return records_[position - row_.first];
  }

 private:
  void Load(Position position) {
    auto row = store_.RowOf(position);
    HQ_CHECK(row.ok() && *row, "every position up to the head has its record");
    row_ = **std::move(row);
    records_.clear();
    FrameWalker walker(row_.frames);
    while (const auto record = walker.Next()) records_.push_back(*record);
    HQ_CHECK(position < row_.first + records_.size(), "every position has its record");
  }

  const RocksStore& store_;
  LogRow row_;
  std::vector<std::string_view> records_;
};

bool IsWanted(const Selection& selection, std::string_view bytes, v1::Record& parsed) {
  if (selection.IsEverything()) return true;
  HQ_CHECK(parsed.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())),
           "a stored record can be read");
  return selection.Matches(FieldsOf(parsed));
}

// The positions of a range on the narrowest list that holds all of its records, in batches.
class Candidates {
 public:
  Candidates(const LogIndex& index, const Selection& selection)
      : index_(index), key_(NarrowestKey(selection)) {}

  std::vector<Position> Forward(Position after, Position until) const {
    if (key_) return index_.Forward(*key_, after, until, kBatch);
    std::vector<Position> all;
    for (Position at = after + 1; at <= until && all.size() < kBatch; ++at) all.push_back(at);
    return all;
  }

  std::vector<Position> Backward(Position after, Position until) const {
    if (key_) return index_.Backward(*key_, after, until, kBatch);
    std::vector<Position> all;
    for (Position at = until; at > after && all.size() < kBatch; --at) all.push_back(at);
    return all;
  }

 private:
  const LogIndex& index_;
  const std::optional<std::string> key_;
};

}  // namespace

Chunk RecordReader::Read(const Range& range, const ChunkLimits& limits) const {
  if (!range.selection.IsEverything()) return ReadSelected(range, limits);
  Chunk chunk;
  chunk.scanned_to = std::max(range.after, range.until);
  if (range.after >= range.until) return chunk;
  const Position wanted = range.until - range.after;
  const Position until = range.after + std::min<Position>(wanted, limits.records);
  Frames frames = store_.ReadFrames(range.after, until, limits.bytes);
  HQ_CHECK(frames.last > range.after, "every position up to the head has its record");
  chunk.frames = std::move(frames.bytes);
  chunk.records = frames.last - range.after;
  chunk.scanned_to = frames.last;
  if (!range.LeavesOut()) return chunk;
  for (Position at = range.after + 1; at <= frames.last; ++at) chunk.positions.push_back(at);
  return chunk;
}

Chunk RecordReader::ReadSelected(const Range& range, const ChunkLimits& limits) const {
  Chunk chunk;
  chunk.scanned_to = range.after;
  const Candidates candidates(index_, range.selection);
  Picker picker(store_);
  v1::Record parsed;
  std::size_t rows = 0;
  for (auto batch = candidates.Forward(range.after, range.until); !batch.empty();
       batch = candidates.Forward(chunk.scanned_to, range.until)) {
    for (const Position position : batch) {
      const bool is_full = chunk.records >= limits.records || chunk.frames.size() >= limits.bytes ||
                           rows++ >= limits.rows;
      if (is_full) return chunk;
      const std::string_view bytes = picker.At(position);
      chunk.scanned_to = position;
      if (!IsWanted(range.selection, bytes, parsed)) continue;
      AddFrame(chunk.frames, bytes);
      chunk.positions.push_back(position);
      ++chunk.records;
    }
  }
  chunk.scanned_to = std::max(range.after, range.until);
  return chunk;
}

std::vector<std::pair<Position, std::string>> RecordReader::Back(const Range& range,
                                                                 const ChunkLimits& limits,
                                                                 Position& scanned_to) const {
  std::vector<std::pair<Position, std::string>> found;
  const Candidates candidates(index_, range.selection);
  Picker picker(store_);
  v1::Record parsed;
  std::size_t bytes_found = 0;
  std::size_t rows = 0;
  scanned_to = range.until + 1;
  for (auto batch = candidates.Backward(range.after, range.until); !batch.empty();
       batch = candidates.Backward(range.after, scanned_to - 1)) {
    for (const Position position : batch) {
      const bool is_full =
          found.size() >= limits.records || bytes_found >= limits.bytes || rows++ >= limits.rows;
      if (is_full) return found;
      const std::string_view bytes = picker.At(position);
      scanned_to = position;
      if (!IsWanted(range.selection, bytes, parsed)) continue;
      bytes_found += bytes.size();
      found.emplace_back(position, bytes);
    }
  }
  scanned_to = range.after + 1;
  return found;
}

Chunk RecordReader::ReadBack(const Range& range, const ChunkLimits& limits) const {
  Chunk chunk;
  const auto found = Back(range, limits, chunk.scanned_to);
  for (const auto& [position, bytes] : found) AddFrame(chunk.frames, bytes);
  chunk.records = found.size();
  return chunk;
}

// Recorded times rise with positions, so the place is found by halving.
Position RecordReader::FirstAt(std::int64_t time_us, Position until) const {
  Position low = 1;
  Position high = until + 1;
  v1::Record record;
  while (low < high) {
    const Position middle = low + (high - low) / 2;
    HQ_CHECK(record.ParseFromString(store_.RecordAt(middle)), "a stored record can be read");
    if (record.recorded_at_us() >= time_us) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// The index says where it would be; the record says whether it is.
std::optional<Position> RecordReader::PositionOf(const std::string& id, Position until) const {
  const auto txn_id = ParseTxnId(id);
  const auto position = txn_id ? index_.PositionOf(*txn_id) : std::nullopt;
  if (!position || *position == 0 || *position > until) return std::nullopt;
  v1::Record record;
  HQ_CHECK(record.ParseFromString(store_.RecordAt(*position)), "a stored record can be read");
  if (record.id() != id) return std::nullopt;
  return position;
}

}  // namespace hq::ledger
