// A service's own RocksDB: rows under prefixes, written in batches that read their own writes.
// Holds only what can be rebuilt from the ledger, so nothing here is synced to disk. What cannot be
// read is never an absence: it ends the process, and what is damaged is made anew by the next one.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/result.hpp"

namespace rocksdb {
class Env;
class WriteBatchWithIndex;
}  // namespace rocksdb

namespace hq::rocks {

using Row = std::pair<std::string, std::string>;

// Rows that can be read. Keys are given without the prefix of the one who owns the rows. A row that
// the disk does not give, or that is not what was written, ends the process (Database::End): a lock
// that cannot be read must not look like no lock.
class Reader {
 public:
  virtual ~Reader() = default;
  virtual std::optional<std::string> Get(std::string_view key) const = 0;

  // Rows whose key starts with `prefix`, in the order of their keys, at most `limit`.
  virtual std::vector<Row> Scan(std::string_view prefix, std::size_t limit = 1'000'000) const = 0;

  template <class Message>
  std::optional<Message> GetMessage(std::string_view key) const {
    const auto bytes = Get(key);
    if (!bytes) return std::nullopt;
    return Parsed<Message>(key, *bytes);
  }

  // The message that the row under `key` holds.
  template <class Message>
  Message Parsed(std::string_view key, const std::string& bytes) const {
    Message message;
    if (!message.ParseFromString(bytes)) Unreadable(key);
    return message;
  }

  // For whoever finds a row that is not what its view writes: the database is damaged, and the
  // process ends.
  [[noreturn]] virtual void Unreadable(std::string_view key) const = 0;
};

// Rows that can also be written; reads see the writes before them.
class Rows : public Reader {
 public:
  virtual void Put(std::string_view key, std::string_view value) = 0;
  virtual void Delete(std::string_view key) = 0;
};

class Database;
class Store;

// Writes that go in together or not at all. Not thread-safe.
class Batch {
 public:
  explicit Batch(Database& database);
  ~Batch();

  // The rows under one prefix, seen through this batch. Lives as long as the batch.
  std::unique_ptr<Rows> Under(std::string prefix);

  // kUnavailable if the disk refuses. Damage that RocksDB has come upon ends the process.
  Status Commit();

 private:
  Database& database_;
  std::unique_ptr<rocksdb::WriteBatchWithIndex> writes_;
};

// Thread-safe.
class Database {
 public:
  // Told why, right before the process ends. It may throw instead of returning: so a simulated
  // process ends, and not the one that simulates it.
  using End = std::function<void(const std::string& why)>;

  // Creates it if absent. kUnavailable if it cannot be opened, e.g. because another process has it.
  // One that is damaged is destroyed and made anew, empty: one that an earlier process has marked
  // (the file DAMAGED in `directory`), that RocksDB calls corrupt, or that has files which do not
  // fit together. Other files in `directory` are left alone. What a cut write log has lost is as if
  // it had not been committed: the last batches, each as a whole.
  //
  // Afterwards any failure to read ends the process as a failed HQ_CHECK does; if a row is
  // corrupt or does not parse, the database is marked as damaged first.
  //
  // `disk`, if it is not the machine's own, outlives it.
  static Result<std::unique_ptr<Database>> Open(const std::string& directory,
                                                rocksdb::Env* disk = nullptr, End end = {});
  ~Database();

  // Committed rows under one prefix.
  std::unique_ptr<Reader> Under(std::string prefix) const;

  // Removes all rows under one prefix. kUnavailable if the disk refuses.
  Status Forget(std::string_view prefix);

  // All rows, for tests that compare one database with another.
  std::vector<Row> Everything() const;

 private:
  friend class Batch;
  explicit Database(std::unique_ptr<Store> store);
  std::unique_ptr<Store> store_;
};

}  // namespace hq::rocks
