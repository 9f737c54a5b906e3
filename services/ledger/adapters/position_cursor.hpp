// Walks the positions of one index, or of the whole log, in rising or falling order.
#pragma once

#include <memory>
#include <string>

#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/selection.hpp"

namespace hq::ledger {

// Not thread-safe; short-lived, for it keeps old data from being compacted.
class PositionCursor {
 public:
  // On the narrowest index that holds all records of the selection.
  PositionCursor(const RocksStore& store, const Selection& selection);

  // To the first position after `position`.
  void SeekAfter(Position position);

  // To the last position that is `position` or before.
  void SeekBack(Position position);

  bool Valid() const;
  Position position() const;
  void Next() { rows_->Next(); }
  void Previous() { rows_->Prev(); }

  // The record's stored bytes.
  std::string Bytes() const;

 private:
  Version FirstVersionAfter(Position position) const;

  const RocksStore& store_;
  bool is_log_ = false;
  bool is_stream_ = false;  // Rows sort by version; the position is the value.
  std::string stream_;
  std::string prefix_;
  std::unique_ptr<rocksdb::Iterator> rows_;
};

}  // namespace hq::ledger
