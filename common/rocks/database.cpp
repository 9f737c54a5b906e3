#include "common/rocks/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/utilities/write_batch_with_index.h>

#include "common/base/check.hpp"
#include "common/rocks/damage.hpp"
#include "common/runtime/log.hpp"

namespace hq::rocks {

// What is open, and how the process ends by it.
class Store {
 public:
  Store(std::unique_ptr<rocksdb::DB> db, std::string directory, Database::End end)
      : db_(std::move(db)), directory_(std::move(directory)), end_(std::move(end)) {}

  rocksdb::DB& db() const { return *db_; }

  // Nothing is tried again in this process: who waits for an answer gets none.
  [[noreturn]] void End(const std::string& why, bool is_damaged) const {
    std::string mark = "none";
    if (is_damaged) mark = MarkDamaged(*db_->GetEnv(), directory_, why).ToString();
    log::Error("database_unreadable", {{"directory", directory_}, {"reason", why}, {"mark", mark}});
    if (end_) end_(why);
    CheckFailed("a service's rows must be readable", why.c_str(), __FILE__, __LINE__);
  }

  void MustBeRead(const rocksdb::Status& status) const {
    if (!status.ok()) End(status.ToString(), IsDamage(status));
  }

  // kUnavailable for what may be over once the disk has room again.
  Status Written(const rocksdb::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    if (IsDamage(status)) End(status.ToString(), /*is_damaged=*/true);
    return absl::UnavailableError("database: " + status.ToString());
  }

  [[noreturn]] void Unreadable(std::string_view key) const {
    End("a row that does not parse: " + std::string(key), /*is_damaged=*/true);
  }

 private:
  const std::unique_ptr<rocksdb::DB> db_;
  const std::string directory_;
  const Database::End end_;
};

namespace {

std::optional<std::string> Found(const Store& store, const rocksdb::Status& status,
                                 std::string value) {
  if (status.IsNotFound()) return std::nullopt;
  store.MustBeRead(status);
  return value;
}

std::vector<Row> Collect(const Store& store, rocksdb::Iterator& rows, const std::string& prefix,
                         std::string_view within, std::size_t limit) {
  const std::string start = prefix + std::string(within);
  std::vector<Row> found;
  for (rows.Seek(start); rows.Valid() && found.size() < limit; rows.Next()) {
    if (!rows.key().starts_with(start)) break;
    found.emplace_back(rows.key().ToString().substr(prefix.size()), rows.value().ToString());
  }
  store.MustBeRead(rows.status());  // An iterator that fails looks like one that is at its end.
  return found;
}

class CommittedRows final : public Reader {
 public:
  CommittedRows(const Store& store, std::string prefix)
      : store_(store), prefix_(std::move(prefix)) {}

  std::optional<std::string> Get(std::string_view key) const override {
    std::string value;
    const auto status = store_.db().Get(rocksdb::ReadOptions(), prefix_ + std::string(key), &value);
    return Found(store_, status, std::move(value));
  }

  std::vector<Row> Scan(std::string_view prefix, std::size_t limit) const override {
    const std::unique_ptr<rocksdb::Iterator> rows(store_.db().NewIterator(rocksdb::ReadOptions()));
    return Collect(store_, *rows, prefix_, prefix, limit);
  }

  [[noreturn]] void Unreadable(std::string_view key) const override {
    store_.Unreadable(prefix_ + std::string(key));
  }

 private:
  const Store& store_;
  std::string prefix_;
};

class BatchRows final : public Rows {
 public:
  BatchRows(const Store& store, rocksdb::WriteBatchWithIndex& writes, std::string prefix)
      : store_(store), writes_(writes), prefix_(std::move(prefix)) {}

  std::optional<std::string> Get(std::string_view key) const override {
    std::string value;
    const auto status = writes_.GetFromBatchAndDB(&store_.db(), rocksdb::ReadOptions(),
                                                  prefix_ + std::string(key), &value);
    return Found(store_, status, std::move(value));
  }

  std::vector<Row> Scan(std::string_view prefix, std::size_t limit) const override {
    const std::unique_ptr<rocksdb::Iterator> rows(
        writes_.NewIteratorWithBase(store_.db().NewIterator(rocksdb::ReadOptions())));
    return Collect(store_, *rows, prefix_, prefix, limit);
  }

  [[noreturn]] void Unreadable(std::string_view key) const override {
    store_.Unreadable(prefix_ + std::string(key));
  }

  void Put(std::string_view key, std::string_view value) override {
    writes_.Put(prefix_ + std::string(key), rocksdb::Slice(value.data(), value.size()));
  }

  void Delete(std::string_view key) override { writes_.Delete(prefix_ + std::string(key)); }

 private:
  const Store& store_;
  rocksdb::WriteBatchWithIndex& writes_;
  std::string prefix_;
};

rocksdb::Options OptionsOn(rocksdb::Env* disk) {
  rocksdb::Options options;
  if (disk) {
    options.env = disk;
    options.max_file_opening_threads = 1;  // So that a simulation can be had again.
  }
  options.create_if_missing = true;
  options.max_background_jobs = 2;
  options.write_buffer_size = 16 << 20;
  options.keep_log_file_num = 4;
  options.paranoid_checks = true;
  options.force_consistency_checks = true;
  options.max_open_files = -1;  // All tables are opened at once, so a bad one shows at the start.
  // Nothing is synced, so the end of the log may be lost with the power: whole batches, and the
  // checkpoint in them, never one in the middle.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  return options;
}

}  // namespace

Batch::Batch(Database& database)
    : database_(database),
      writes_(std::make_unique<rocksdb::WriteBatchWithIndex>(rocksdb::BytewiseComparator(), 0,
                                                             /*overwrite_key=*/true)) {}
Batch::~Batch() = default;

std::unique_ptr<Rows> Batch::Under(std::string prefix) {
  return std::make_unique<BatchRows>(*database_.store_, *writes_, std::move(prefix));
}

Status Batch::Commit() {
  const Store& store = *database_.store_;
  const auto status = store.db().Write(rocksdb::WriteOptions(), writes_->GetWriteBatch());
  writes_->Clear();
  return store.Written(status);
}

Database::Database(std::unique_ptr<Store> store) : store_(std::move(store)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const std::string& directory, rocksdb::Env* disk,
                                                 End end) {
  const rocksdb::Options options = OptionsOn(disk);
  rocksdb::DB* db = nullptr;
  rocksdb::Status status = Inspect(options, directory);
  if (status.ok()) status = rocksdb::DB::Open(options, directory, &db);
  if (IsDamage(status)) {
    const std::string damage = status.ToString();
    status = Destroy(options, directory);
    if (status.ok()) {
      log::Warn("database_made_anew", {{"directory", directory}, {"reason", damage}});
      status = rocksdb::DB::Open(options, directory, &db);
    }
  }
  if (!status.ok())
    return absl::UnavailableError("cannot open " + directory + ": " + status.ToString());
  return std::unique_ptr<Database>(new Database(
      std::make_unique<Store>(std::unique_ptr<rocksdb::DB>(db), directory, std::move(end))));
}

std::unique_ptr<Reader> Database::Under(std::string prefix) const {
  return std::make_unique<CommittedRows>(*store_, std::move(prefix));
}

Status Database::Forget(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return absl::InvalidArgumentError("a prefix is needed");
  end.back() = static_cast<char>(end.back() + 1);
  rocksdb::DB& db = store_->db();
  return store_->Written(
      db.DeleteRange(rocksdb::WriteOptions(), db.DefaultColumnFamily(), std::string(prefix), end));
}

std::vector<Row> Database::Everything() const {
  const std::unique_ptr<rocksdb::Iterator> rows(store_->db().NewIterator(rocksdb::ReadOptions()));
  return Collect(*store_, *rows, "", "", static_cast<std::size_t>(-1));
}

}  // namespace hq::rocks
