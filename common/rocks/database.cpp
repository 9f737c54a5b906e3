#include "common/rocks/database.hpp"

#include <rocksdb/db.h>
#include <rocksdb/utilities/write_batch_with_index.h>

namespace hq::rocks {
namespace {

std::vector<Row> Collect(rocksdb::Iterator& rows, const std::string& prefix,
                         std::string_view within, std::size_t limit) {
  const std::string start = prefix + std::string(within);
  std::vector<Row> found;
  for (rows.Seek(start); rows.Valid() && found.size() < limit; rows.Next()) {
    if (!rows.key().starts_with(start)) break;
    found.emplace_back(rows.key().ToString().substr(prefix.size()), rows.value().ToString());
  }
  return found;
}

class CommittedRows final : public Reader {
 public:
  CommittedRows(rocksdb::DB& db, std::string prefix) : db_(db), prefix_(std::move(prefix)) {}

  std::optional<std::string> Get(std::string_view key) const override {
    std::string value;
    const auto status = db_.Get(rocksdb::ReadOptions(), prefix_ + std::string(key), &value);
    return status.ok() ? std::optional(std::move(value)) : std::nullopt;
  }

  std::vector<Row> Scan(std::string_view prefix, std::size_t limit) const override {
    const std::unique_ptr<rocksdb::Iterator> rows(db_.NewIterator(rocksdb::ReadOptions()));
    return Collect(*rows, prefix_, prefix, limit);
  }

 private:
  rocksdb::DB& db_;
  std::string prefix_;
};

class BatchRows final : public Rows {
 public:
  BatchRows(rocksdb::DB& db, rocksdb::WriteBatchWithIndex& writes, std::string prefix)
      : db_(db), writes_(writes), prefix_(std::move(prefix)) {}

  std::optional<std::string> Get(std::string_view key) const override {
    std::string value;
    const auto status =
        writes_.GetFromBatchAndDB(&db_, rocksdb::ReadOptions(), prefix_ + std::string(key), &value);
    return status.ok() ? std::optional(std::move(value)) : std::nullopt;
  }

  std::vector<Row> Scan(std::string_view prefix, std::size_t limit) const override {
    const std::unique_ptr<rocksdb::Iterator> rows(
        writes_.NewIteratorWithBase(db_.NewIterator(rocksdb::ReadOptions())));
    return Collect(*rows, prefix_, prefix, limit);
  }

  void Put(std::string_view key, std::string_view value) override {
    writes_.Put(prefix_ + std::string(key), rocksdb::Slice(value.data(), value.size()));
  }

  void Delete(std::string_view key) override { writes_.Delete(prefix_ + std::string(key)); }

 private:
  rocksdb::DB& db_;
  rocksdb::WriteBatchWithIndex& writes_;
  std::string prefix_;
};

Status Unavailable(const rocksdb::Status& status) {
  return status.ok() ? absl::OkStatus() : absl::UnavailableError("database: " + status.ToString());
}

}  // namespace

Batch::Batch(Database& database)
    : database_(database),
      writes_(std::make_unique<rocksdb::WriteBatchWithIndex>(rocksdb::BytewiseComparator(), 0,
                                                             /*overwrite_key=*/true)) {}
Batch::~Batch() = default;

std::unique_ptr<Rows> Batch::Under(std::string prefix) {
  return std::make_unique<BatchRows>(*database_.db_, *writes_, std::move(prefix));
}

Status Batch::Commit() {
  const auto status = database_.db_->Write(rocksdb::WriteOptions(), writes_->GetWriteBatch());
  writes_->Clear();
  return Unavailable(status);
}

Database::Database(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::Open(const std::string& directory, rocksdb::Env* disk) {
  rocksdb::Options options;
  if (disk) {
    options.env = disk;
    options.max_file_opening_threads = 1;  // So that a simulation can be had again.
  }
  options.create_if_missing = true;
  options.max_background_jobs = 2;
  options.write_buffer_size = 16 << 20;
  options.keep_log_file_num = 2;
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(options, directory, &db);
  if (!status.ok())
    return absl::UnavailableError("cannot open " + directory + ": " + status.ToString());
  return std::unique_ptr<Database>(new Database(std::unique_ptr<rocksdb::DB>(db)));
}

std::unique_ptr<Reader> Database::Under(std::string prefix) const {
  return std::make_unique<CommittedRows>(*db_, std::move(prefix));
}

Status Database::Forget(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (end.empty()) return absl::InvalidArgumentError("a prefix is needed");
  end.back() = static_cast<char>(end.back() + 1);
  return Unavailable(db_->DeleteRange(rocksdb::WriteOptions(), db_->DefaultColumnFamily(),
                                      std::string(prefix), end));
}

std::vector<Row> Database::Everything() const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(rocksdb::ReadOptions()));
  return Collect(*rows, "", "", static_cast<std::size_t>(-1));
}

}  // namespace hq::rocks
