#include "services/ledger/adapters/position_cursor.hpp"

#include "common/base/check.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

std::string_view ViewOf(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

std::string PrefixOf(const Selection& selection) {
  if (!selection.stream.empty()) return keys::OfStream(selection.stream);
  if (!selection.event.empty()) return keys::OfEvent(selection.event);
  if (selection.branches.size() == 1) return keys::OfBranch(*selection.branches.begin());
  if (!selection.category.empty()) return keys::OfCategory(selection.category);
  return {};
}

}  // namespace

PositionCursor::PositionCursor(const RocksStore& store, const Selection& selection)
    : store_(store),
      is_stream_(!selection.stream.empty()),
      stream_(selection.stream),
      prefix_(PrefixOf(selection)) {
  is_log_ = prefix_.empty();
  rows_ = store.Scan(is_log_ ? RocksStore::Table::kLog : RocksStore::Table::kIndex);
}

void PositionCursor::SeekAfter(Position position) {
  const std::uint64_t from = is_stream_ ? FirstVersionAfter(position) : position + 1;
  rows_->Seek(prefix_ + keys::Number(from));
}

void PositionCursor::SeekBack(Position position) {
  rows_->SeekForPrev(prefix_ + keys::Number(is_stream_ ? ~0ULL : position));
  while (is_stream_ && Valid() && this->position() > position) rows_->Prev();
}

bool PositionCursor::Valid() const {
  HQ_CHECK(rows_->status().ok(), "RocksDB reads what it wrote");
  return rows_->Valid() && ViewOf(rows_->key()).starts_with(prefix_);
}

Position PositionCursor::position() const {
  const auto number = keys::LastNumber(ViewOf(is_stream_ ? rows_->value() : rows_->key()));
  HQ_CHECK(number.has_value(), "a row names a position");
  return *number;
}

std::string PositionCursor::Bytes() const {
  return is_log_ ? rows_->value().ToString() : store_.RecordAt(position());
}

// Positions rise with versions, so the place is found by halving.
Version PositionCursor::FirstVersionAfter(Position position) const {
  Version low = 1;
  Version high = store_.VersionOf(stream_) + 1;
  while (low < high) {
    const Version middle = low + (high - low) / 2;
    const auto value = store_.Get(RocksStore::Table::kIndex, prefix_ + keys::Number(middle));
    if (value && keys::LastNumber(*value).value_or(0) <= position) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

}  // namespace hq::ledger
