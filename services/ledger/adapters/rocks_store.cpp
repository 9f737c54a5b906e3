#include "services/ledger/adapters/rocks_store.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kProtectionBytes = 8;
constexpr std::uint64_t kFirstEpoch = 1;

rocksdb::Slice SliceOf(std::string_view text) { return {text.data(), text.size()}; }

// Never tried again in this process: pages of a failed fsync are marked clean, so a second fsync
// would lie.
void Survive(const rocksdb::Status& status) {
  if (!status.ok())
    CheckFailed("RocksDB must answer OK", status.ToString().c_str(), __FILE__, __LINE__);
}

rocksdb::WriteOptions Synced() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

rocksdb::ReadOptions Verified() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  return options;
}

// Refuses a damaged log of writes instead of opening with a hole in history; a torn last write,
// which nobody was told of, is dropped.
rocksdb::DBOptions StrictOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 512ULL << 20;
  options.bytes_per_sync = 1ULL << 20;
  options.wal_bytes_per_sync = 0;
  options.keep_log_file_num = 4;
  return options;
}

rocksdb::ColumnFamilyOptions TableOptions(bool is_looked_up) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 64ULL << 20;
  options.max_write_buffer_number = 2;
  options.level_compaction_dynamic_level_bytes = true;
  rocksdb::BlockBasedTableOptions blocks;
  if (is_looked_up) {
    blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    blocks.cache_index_and_filter_blocks = true;
    blocks.pin_l0_filter_and_index_blocks_in_cache = true;
    options.memtable_whole_key_filtering = true;
    options.memtable_prefix_bloom_size_ratio = 0.02;
  } else {
    blocks.block_size = 64 * 1024;
  }
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return options;
}

}  // namespace

rocksdb::WriteBatch NewBatch() { return rocksdb::WriteBatch(0, 0, kProtectionBytes, 0); }

Result<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& directory) {
  const std::vector<rocksdb::ColumnFamilyDescriptor> tables = {
      {rocksdb::kDefaultColumnFamilyName, TableOptions(false)},
      {"log", TableOptions(false)},
      {"index", TableOptions(true)},
      {"receipts", TableOptions(true)},
      {"blobs", TableOptions(false)},
  };
  std::unique_ptr<RocksStore> store(new RocksStore);
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(StrictOptions(), directory, tables, &store->tables_, &db);
  if (status.IsCorruption())
    return absl::DataLossError("the ledger in " + directory + " is damaged: " + status.ToString());
  if (!status.ok())
    return absl::UnavailableError("cannot open the ledger in " + directory + ": " +
                                  status.ToString());
  store->db_.reset(db);
  HQ_RETURN_IF_ERROR(store->CreateIfNew());
  return store;
}

RocksStore::~RocksStore() {
  if (!db_) return;
  for (auto* table : tables_) Survive(db_->DestroyColumnFamilyHandle(table));
  Survive(db_->Close());
}

Status RocksStore::CreateIfNew() {
  if (Get(Table::kMeta, "log_id")) return absl::OkStatus();
  const auto rows = Scan(Table::kLog);
  rows->SeekToFirst();
  if (rows->Valid())
    return absl::DataLossError("the ledger has records but does not know its own id");
  auto batch = NewBatch();
  Put(batch, Table::kMeta, "log_id", NewId());
  Put(batch, Table::kMeta, "epoch", keys::Number(kFirstEpoch));
  Write(batch);
  return absl::OkStatus();
}

std::optional<std::string> RocksStore::Get(Table table, std::string_view key) const {
  std::string value;
  const auto status =
      db_->Get(Verified(), tables_[static_cast<std::size_t>(table)], SliceOf(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  Survive(status);
  return value;
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Scan(Table table) const {
  return std::unique_ptr<rocksdb::Iterator>(
      db_->NewIterator(Verified(), tables_[static_cast<std::size_t>(table)]));
}

void RocksStore::Put(rocksdb::WriteBatch& batch, Table table, std::string_view key,
                     std::string_view value) {
  Survive(batch.Put(tables_[static_cast<std::size_t>(table)], SliceOf(key), SliceOf(value)));
}

void RocksStore::Write(rocksdb::WriteBatch& batch) { Survive(db_->Write(Synced(), &batch)); }

void RocksStore::PutSynced(Table table, std::string_view key, std::string_view value) {
  auto batch = NewBatch();
  Put(batch, table, key, value);
  Write(batch);
}

void RocksStore::PutHint(std::string_view key, std::string_view value) {
  Survive(db_->Put(rocksdb::WriteOptions(), tables_[static_cast<std::size_t>(Table::kMeta)],
                   SliceOf(key), SliceOf(value)));
}

std::string RocksStore::RecordAt(Position position) const {
  auto bytes = Get(Table::kLog, keys::Number(position));
  HQ_CHECK(bytes.has_value(), "every position up to the head has its record");
  return *std::move(bytes);
}

Version RocksStore::VersionOf(std::string_view stream) const {
  const std::string prefix = keys::OfStream(stream);
  const auto rows = Scan(Table::kIndex);
  const std::string last = prefix + keys::Number(~0ULL);
  rows->SeekForPrev(last);
  Survive(rows->status());
  if (!rows->Valid() || !rows->key().starts_with(prefix)) return 0;
  return keys::LastNumber({rows->key().data(), rows->key().size()}).value_or(0);
}

Result<ChainHead> RocksStore::LoadHead() const {
  const auto epoch = Get(Table::kMeta, "epoch");
  ChainHead head;
  head.log_id = Get(Table::kMeta, "log_id").value_or("");
  if (epoch) head.epoch = keys::LastNumber(*epoch).value_or(0);
  const auto rows = Scan(Table::kLog);
  rows->SeekToLast();
  Survive(rows->status());
  if (!rows->Valid()) return head;
  HQ_ASSIGN_OR_RETURN(const ChainHead last,
                      HeadAfter({rows->value().data(), rows->value().size()}));
  const bool fits = last.log_id == head.log_id && last.epoch <= head.epoch &&
                    keys::LastNumber({rows->key().data(), rows->key().size()}) == last.position;
  if (!fits) return absl::DataLossError("the last record is not this ledger's");
  ChainHead result = last;
  result.epoch = head.epoch;
  return result;
}

}  // namespace hq::ledger
