// The truth of a ledger that does not run, as files: `log` under its data directory. Read by
// whoever restores, drills or inspects; written only by a restore or a repair.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "services/ledger/adapters/restore/restore_target.hpp"

namespace rocksdb {
class ColumnFamilyHandle;
class DB;
}  // namespace rocksdb

namespace hq::ledger {

// "{data_dir}/log".
std::string LogFolder(const std::string& data_dir);

class StoredLog final : public RestoreTarget {
 public:
  // Nothing in it is changed. kNotFound, kDataLoss if it is damaged, kUnavailable.
  static Result<std::unique_ptr<StoredLog>> OpenToRead(const std::string& data_dir);

  // What can still be read of files that OpenToRead refuses: the rows in front of the first damaged
  // byte, and those behind it that RocksDB still finds. Nothing in `data_dir` is changed; copies
  // are made in `scratch` if they are needed, which the caller removes. What comes of it proves
  // nothing by itself. Codes as OpenToRead.
  static Result<std::unique_ptr<StoredLog>> OpenToSalvage(const std::string& data_dir,
                                                          const std::string& scratch);

  // OK if no process has the store open. kFailedPrecondition, reason LEDGER_RUNS.
  static Status CheckNotInUse(const std::string& data_dir);

  // Makes what is not there. Nothing is synced before Finish: a restore that was broken off is done
  // again.
  static Result<std::unique_ptr<StoredLog>> OpenToWrite(const std::string& data_dir);

  ~StoredLog() override;
  StoredLog(const StoredLog&) = delete;
  StoredLog& operator=(const StoredLog&) = delete;

  Status Append(Position first, std::string_view frames) override;
  Status PutBlob(std::string_view sha256, std::string_view content) override;
  Status PutMeta(std::string_view key, std::string_view value) override;
  // Everything is on disk when it returns, and only then does the word of BeginRepair go.
  Status Finish() override;

  // Before a repair appends to a store that will be opened as it is: on disk when it returns, both
  // or neither. Until Finish no ledger opens it, and never issues an id below `id_floor`.
  Status BeginRepair(Position to, std::string_view id_floor);

  // Up to where a repair that has not ended was to bring records back; 0 if there is none. What
  // does not say it is beyond all positions. kDataLoss.
  Result<Position> RepairingTo() const;

  // Every row of the log in order, from the one that holds position `from` on, until `take` returns
  // an error, which is returned. kDataLoss.
  Status ForEach(const std::function<Status(Position first, std::string_view frames)>& take,
                 Position from = 1) const;

  // Every blob, likewise. kDataLoss at the first one that cannot be read.
  Status ForEachBlob(
      const std::function<Status(std::string_view sha256, std::string_view content)>& take) const;

  // The statements of all forks that it knows of, C2SP notes, the oldest first. kDataLoss.
  Result<std::vector<std::string>> ForkNotes() const;

  // The last record; nothing if there is none. kDataLoss.
  Result<std::optional<std::string>> LastRecord() const;

  // kNotFound.
  Result<std::string> Meta(std::string_view key) const;
  Result<std::string> GetBlob(std::string_view sha256) const;

 private:
  enum Table { kMeta, kLog, kBlobs };

  StoredLog() = default;
  static Result<std::unique_ptr<StoredLog>> Open(const std::string& data_dir, bool is_written);
  Status Put(Table table, std::string_view key, std::string_view value);
  Result<std::string> Get(Table table, std::string_view key) const;

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> tables_;  // In the order of Table; owned.
};

}  // namespace hq::ledger
