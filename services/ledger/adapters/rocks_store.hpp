// The ledger's RocksDB: strict options, column families, and rows by name. Whatever a write or read
// meets that is not OK ends the process: a failed write has an unknown outcome, and only opening
// again tells it.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "services/ledger/adapters/disk.hpp"
#include "services/ledger/core/commit_group.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

// Thread-safe.
class RocksStore {
 public:
  enum class Table { kMeta, kLog, kBlobs };

  // Creates it if absent, with a new log_id. kUnavailable if another process has it; kDataLoss,
  // reason STORE_DAMAGED, if RocksDB finds its files damaged; reason STORE_EMPTIED if it is empty
  // and not `may_be_new`; then it is left as it is.
  static Result<std::unique_ptr<RocksStore>> Open(const std::string& directory,
                                                  bool may_be_new = true, Disk disk = {});
  ~RocksStore();

  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  std::optional<std::string> Get(Table table, std::string_view key) const;
  // As Get, for one who must live to tell of damage: kDataLoss, reason STORE_UNREADABLE if the disk
  // does not give it, else STORE_DAMAGED.
  Result<std::optional<std::string>> TryGet(Table table, std::string_view key) const;
  std::unique_ptr<rocksdb::Iterator> Scan(Table table) const;
  void Put(rocksdb::WriteBatch& batch, Table table, std::string_view key, std::string_view value);

  // On disk when it returns.
  void Write(rocksdb::WriteBatch& batch);
  void WriteRows(const std::vector<LogRow>& rows);
  void PutSynced(Table table, std::string_view key, std::string_view value);

  // Survives the process, perhaps not the machine: for hints.
  void PutHint(std::string_view key, std::string_view value);

  // The row of the log that holds the position; nothing if there is none. kDataLoss if it cannot be
  // read.
  Result<std::optional<LogRow>> RowOf(Position position) const;

  // The stored bytes of a record that is known to be there.
  std::string RecordAt(Position position) const;
  // As RecordAt, for one who must live to tell of damage: kDataLoss.
  Result<std::string> TryRecordAt(Position position) const;

  // Records in (after, until], at least one if there is one, until `bytes_max` is reached; what is
  // left of the last row then comes along, if the row is no larger than 64 KiB.
  Frames ReadFrames(Position after, Position until, std::size_t bytes_max) const;
  // As ReadFrames, for one who looks for damage and must live to tell of it: kDataLoss.
  Result<Frames> TryReadFrames(Position after, Position until, std::size_t bytes_max) const;

  // The statements of the forks of this ledger and of lives that were given up, the oldest first.
  std::vector<std::string> ForkNotes() const;

  // Makes a directory, which must not exist yet, with all files as they are now, on the same file
  // system. kUnavailable if the disk refuses.
  Status MakeImage(const std::string& directory) const;

  // Where the chain ends; log_id and epoch also of an empty ledger. kDataLoss.
  Result<ChainHead> LoadHead() const;

 private:
  explicit RocksStore(Disk disk) : disk_(std::move(disk)) {}
  Status CreateIfNew(bool may_be_new);
  // Ends the process unless it was read.
  void SurviveRead(const Status& read) const;

  const Disk disk_;
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> tables_;  // In the order of Table; owned.
};

// An empty batch whose every entry is protected by a checksum of its own until it is on disk.
rocksdb::WriteBatch NewBatch();

}  // namespace hq::ledger
