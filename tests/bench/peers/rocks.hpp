// Raw RocksDB: batches of events under rising keys, one synced write for each batch. What any store
// on top of it cannot exceed by much.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "tests/bench/harness/system.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::bench {

class Rocks final : public System {
 public:
  std::string name() const override { return "rocksdb"; }
  Durability durability() const override { return Durability::kFsync; }
  bool Takes(AppendLoad::Kind kind) const override { return kind == AppendLoad::Kind::kBatched; }
  Status Reset() override;
  // One thread a client.
  Result<AppendResult> Append(const AppendLoad& load) override;

 private:
  Status AppendAlone(const AppendLoad& load, Meter& meter);

  std::unique_ptr<testing::TempDir> directory_;
  std::unique_ptr<rocksdb::DB> database_;
  std::atomic<std::uint64_t> next_ = 1;  // Key of the next event.
};

}  // namespace hq::bench
