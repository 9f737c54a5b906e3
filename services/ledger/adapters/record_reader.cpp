#include "services/ledger/adapters/record_reader.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "services/ledger/adapters/position_cursor.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

v1::Record Parsed(const std::string& bytes) {
  v1::Record record;
  HQ_CHECK(record.ParseFromString(bytes), "a stored record can be read");
  return record;
}

bool IsWanted(const Selection& selection, const std::string& bytes) {
  return selection.IsEverything() || selection.Matches(Parsed(bytes));
}

}  // namespace

Chunk RecordReader::Read(const Range& range, const ChunkLimits& limits) const {
  Chunk chunk;
  chunk.scanned_to = range.after;
  PositionCursor cursor(store_, range.selection);
  std::size_t bytes = 0;
  std::size_t rows = 0;
  for (cursor.SeekAfter(range.after); cursor.Valid() && cursor.position() <= range.until;
       cursor.Next()) {
    if (chunk.records.size() >= limits.records || bytes >= limits.bytes || rows++ >= limits.rows)
      return chunk;
    std::string record = cursor.Bytes();
    chunk.scanned_to = cursor.position();
    if (!IsWanted(range.selection, record)) continue;
    bytes += record.size();
    chunk.records.push_back(std::move(record));
  }
  chunk.scanned_to = std::max(range.after, range.until);
  return chunk;
}

Chunk RecordReader::ReadLast(const Range& range, const ChunkLimits& limits) const {
  Chunk chunk;
  chunk.scanned_to = std::max(range.after, range.until);
  PositionCursor cursor(store_, range.selection);
  std::size_t bytes = 0;
  for (cursor.SeekBack(range.until); cursor.Valid() && cursor.position() > range.after;
       cursor.Previous()) {
    if (chunk.records.size() >= limits.records || bytes >= limits.bytes) break;
    std::string record = cursor.Bytes();
    if (!IsWanted(range.selection, record)) continue;
    bytes += record.size();
    chunk.records.push_back(std::move(record));
  }
  std::reverse(chunk.records.begin(), chunk.records.end());
  return chunk;
}

// Recorded times rise with positions, so the place is found by halving.
Position RecordReader::FirstAt(std::int64_t time_us, Position until) const {
  Position low = 1;
  Position high = until + 1;
  while (low < high) {
    const Position middle = low + (high - low) / 2;
    if (Parsed(store_.RecordAt(middle)).recorded_at_us() < time_us) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::optional<Position> RecordReader::PositionOf(const std::string& id) const {
  const auto value = store_.Get(RocksStore::Table::kIndex, keys::OfId(id));
  return value ? keys::LastNumber(*value) : std::nullopt;
}

std::optional<v1::CommandReceipt> RecordReader::ReceiptOf(const std::string& producer,
                                                          const std::string& actor,
                                                          const std::string& command_id) const {
  const auto bytes =
      store_.Get(RocksStore::Table::kReceipts, keys::OfCommand(producer, actor, command_id));
  if (!bytes) return std::nullopt;
  v1::CommandReceipt receipt;
  HQ_CHECK(receipt.ParseFromString(*bytes), "a stored receipt can be read");
  return receipt;
}

}  // namespace hq::ledger
