// The part of the index that is on disk: a RocksDB database of its own, worked out of the log and
// never synced. What a crash takes from it is worked out again; if it is damaged or of another
// history, it is made anew. So no error of it ever touches the truth.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/ledger/adapters/disk.hpp"
#include "services/ledger/core/index_mark.hpp"
#include "services/ledger/core/recent_index.hpp"

namespace hq::ledger {

// Thread-safe, but for one writer at a time.
class IndexStore {
 public:
  // Creates it if absent; makes it anew if it cannot be opened, or if the process before has met
  // damage in it. kUnavailable if another process has it.
  static Result<std::unique_ptr<IndexStore>> Open(const std::string& directory, Disk disk = {});
  ~IndexStore();

  IndexStore(const IndexStore&) = delete;
  IndexStore& operator=(const IndexStore&) = delete;

  // How far it goes; nothing if that is not known.
  std::optional<IndexMark> Mark() const;

  // Forgets everything.
  Status Clear();

  // Adds a stretch whole: after a crash all of it is there or nothing.
  void Write(const RecentIndex& stretch, const IndexMark& mark);

  // Up to `max` positions of a list, rising, in (after, until].
  std::vector<Position> Forward(std::string_view key, Position after, Position until,
                                std::size_t max) const;
  // The same, falling.
  std::vector<Position> Backward(std::string_view key, Position after, Position until,
                                 std::size_t max) const;

  // The positions of a stream's versions from `from` on, up to `max`.
  std::vector<Position> Versions(std::string_view stream, Version from, std::size_t max) const;
  Version VersionOf(std::string_view stream) const;

  std::optional<std::string> ReceiptOf(std::string_view key) const { return Get(key); }
  std::optional<Position> PositionOf(const TxnId& id) const;
  std::optional<Tile> TileOf(const TileId& id) const;

 private:
  IndexStore(std::string directory, Disk disk)
      : directory_(std::move(directory)), disk_(std::move(disk)) {}
  Status OpenDatabase();
  rocksdb::Env& Files() const { return disk_.env ? *disk_.env : *rocksdb::Env::Default(); }
  // As the free function; the next process makes the index anew, or it would meet the same again.
  void Survive(const rocksdb::Status& status) const;
  std::optional<std::string> Get(std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> Scan() const;
  // To that row, or to the last one before it.
  void SeekBack(rocksdb::Iterator& rows, const std::string& key) const;
  // To the last row of the list whose first position is `position` or before; to the first row if
  // there is none.
  void SeekRow(rocksdb::Iterator& rows, std::string_view key, Position position) const;
  void PutLists(rocksdb::WriteBatch& batch, const RecentIndex& stretch) const;

  const std::string directory_;
  const Disk disk_;
  std::unique_ptr<rocksdb::DB> db_;
  std::size_t unflushed_records_ = 0;  // Of the writer.
};

}  // namespace hq::ledger
