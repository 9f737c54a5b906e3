// A service's own RocksDB: rows under prefixes, written in batches that read their own writes.
// Holds only what can be rebuilt from the ledger, so nothing here is synced to disk.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace rocksdb {
class DB;
class Env;
class WriteBatchWithIndex;
}  // namespace rocksdb

namespace hq::rocks {

using Row = std::pair<std::string, std::string>;

// Rows that can be read. Keys are given without the prefix of the one who owns the rows.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<std::string> Get(std::string_view key) const = 0;

  // Rows whose key starts with `prefix`, in the order of their keys, at most `limit`.
  virtual std::vector<Row> Scan(std::string_view prefix, std::size_t limit = 1'000'000) const = 0;

  template <class Message>
  std::optional<Message> GetMessage(std::string_view key) const {
    const auto bytes = Get(key);
    Message message;
    if (!bytes || !message.ParseFromString(*bytes)) return std::nullopt;
    return message;
  }
};

// Rows that can also be written; reads see the writes before them.
class Rows : public Reader {
 public:
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Delete(std::string_view key) = 0;
};

class Database;

// Writes that go in together or not at all. Not thread-safe.
class Batch {
 public:
  explicit Batch(Database& database);
  ~Batch();

  // The rows under one prefix, seen through this batch. Lives as long as the batch.
  std::unique_ptr<Rows> Under(std::string prefix);

  // kUnavailable if the disk refuses.
  Status Commit();

 private:
  Database& database_;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> writes_;
};

// Thread-safe.
class Database {
 public:
  // Creates it if absent. kUnavailable if it cannot be opened, e.g. because another process has it.
  // `disk`, if it is not the machine's own, outlives it.
  static Result<std::unique_ptr<Database>> Open(const std::string& directory,
                                                rocksdb::Env* disk = nullptr);
  ~Database();

  // Committed rows under one prefix.
  std::unique_ptr<Reader> Under(std::string prefix) const;

  // Removes all rows under one prefix.
  Status Forget(std::string_view prefix);

  // All rows, for tests that compare one database with another.
  std::vector<Row> Everything() const;

 private:
  friend class Batch;
  explicit Database(std::unique_ptr<rocksdb::DB> db);
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace hq::rocks
