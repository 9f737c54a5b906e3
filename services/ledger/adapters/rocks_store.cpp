#include "services/ledger/adapters/rocks_store.hpp"

#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include <filesystem>

#include "common/base/ids.hpp"
#include "services/ledger/adapters/rocks_check.hpp"
#include "services/ledger/adapters/strict_options.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kProtectionBytes = 8;
constexpr std::uint64_t kFirstEpoch = 1;
constexpr std::size_t kCacheBytes = 32ULL << 20;
constexpr std::size_t kBlockBytes = 32ULL << 10;   // A row: to read one record is to read a block.
constexpr std::size_t kWholeRowMax = 64ULL << 10;  // Taken whole, so that it is not read twice.
constexpr std::size_t kChunkMax = 1ULL << 20;      // What memory is set aside for at once.

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

rocksdb::DBOptions StoreOptions() {
  rocksdb::DBOptions options = StrictOptions();
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.max_total_wal_size = 128ULL << 20;  // Bounds what is read again on opening.
  options.bytes_per_sync = 1ULL << 20;
  options.wal_bytes_per_sync = 0;
  return options;
}

// Rows are large and read in order or found by their first position: nothing is gained by filters.
rocksdb::ColumnFamilyOptions TableOptions(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions options;
  options.write_buffer_size = 32ULL << 20;
  options.max_write_buffer_number = 2;
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kNoCompression;  // Reading is bounded by it, storage is not dear.
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_size = kBlockBytes;
  blocks.block_cache = cache;
  blocks.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return options;
}

Position FirstOf(const rocksdb::Iterator& row) {
  return keys::LastNumber({row.key().data(), row.key().size()}).value_or(0);
}

std::string_view FramesOf(const rocksdb::Iterator& row) {
  return {row.value().data(), row.value().size()};
}

constexpr std::string_view kRepairIt = "Keep the files as they are, and run: hq-ledger repair";

Status DamagedStore(const std::string& what) {
  return Refusal(absl::StatusCode::kDataLoss, what, "STORE_DAMAGED", kRepairIt);
}

// What a read came to, for one who must live to tell of damage. A disk that does not give what it
// has says nothing of the content; a file that is not there is damage.
Status ReadStatus(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsIOError() && !status.IsPathNotFound())
    return Refusal(absl::StatusCode::kDataLoss,
                   "the log's files cannot be read: " + status.ToString(), "STORE_UNREADABLE",
                   "Look at the disk. If it has failed, put the files on another one, and run: "
                   "hq-ledger repair");
  return DamagedStore("the log's files are damaged: " + status.ToString());
}

}  // namespace

rocksdb::WriteBatch NewBatch() { return rocksdb::WriteBatch(0, 0, kProtectionBytes, 0); }

Result<std::unique_ptr<RocksStore>> RocksStore::Open(const std::string& directory, bool may_be_new,
                                                     Disk disk) {
  std::error_code error;
  // RocksDB would make a new store in its place, and delete what files are left of the old one.
  if (!may_be_new && !std::filesystem::exists(directory + "/CURRENT", error))
    return Refusal(absl::StatusCode::kDataLoss, "the ledger's store in " + directory + " is gone",
                   "STORE_EMPTIED", kRepairIt);
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  const std::vector<rocksdb::ColumnFamilyDescriptor> tables = {
      {rocksdb::kDefaultColumnFamilyName, TableOptions(cache)},
      {"log", TableOptions(cache)},
      {"blobs", TableOptions(cache)},
  };
  rocksdb::DBOptions options = StoreOptions();
  disk.PutInto(options);
  std::unique_ptr<RocksStore> store(new RocksStore(std::move(disk)));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::Open(options, directory, tables, &store->tables_, &db);
  if (status.IsCorruption())
    return DamagedStore("the ledger in " + directory + " is damaged: " + status.ToString());
  if (!status.ok())
    return Refusal(absl::StatusCode::kUnavailable,
                   "cannot open the ledger in " + directory + ": " + status.ToString(),
                   "STORE_NOT_OPENED",
                   "If no other ledger runs on it and the disk is well, run: hq-ledger repair");
  store->db_.reset(db);
  HQ_RETURN_IF_ERROR(store->CreateIfNew(may_be_new));
  return store;
}

RocksStore::~RocksStore() {
  if (!db_) return;
  for (auto* table : tables_) Survive(db_->DestroyColumnFamilyHandle(table));
  const rocksdb::Status closed = db_->Close();
  if (!disk_.on_failure) Survive(closed);  // Who is told of failures may close what has failed.
}

Status RocksStore::CreateIfNew(bool may_be_new) {
  HQ_ASSIGN_OR_RETURN(const auto log_id, TryGet(Table::kMeta, "log_id"));
  const auto rows = Scan(Table::kLog);
  rows->SeekToLast();  // Which is read on opening anyway.
  HQ_RETURN_IF_ERROR(ReadStatus(rows->status()));
  const bool is_empty = !rows->Valid();
  if (is_empty && !may_be_new)
    return Refusal(absl::StatusCode::kDataLoss, "the ledger's store has lost all of its records",
                   "STORE_EMPTIED", kRepairIt);
  if (log_id) return absl::OkStatus();
  if (!is_empty) return DamagedStore("the ledger has records but does not know its own id");
  auto batch = NewBatch();
  Put(batch, Table::kMeta, "log_id", NewId());
  Put(batch, Table::kMeta, "epoch", keys::Number(kFirstEpoch));
  Write(batch);
  return absl::OkStatus();
}

Result<std::optional<std::string>> RocksStore::TryGet(Table table, std::string_view key) const {
  std::string value;
  const auto status =
      db_->Get(Verified(), tables_[static_cast<std::size_t>(table)], SliceOf(key), &value);
  if (status.IsNotFound()) return std::optional<std::string>();
  HQ_RETURN_IF_ERROR(ReadStatus(status));
  return std::optional(std::move(value));
}

std::optional<std::string> RocksStore::Get(Table table, std::string_view key) const {
  auto value = TryGet(table, key);
  SurviveRead(value.status());
  return *std::move(value);
}

void RocksStore::SurviveRead(const Status& read) const {
  if (!read.ok()) Survive(rocksdb::Status::Corruption(std::string(read.message())), disk_);
}

std::unique_ptr<rocksdb::Iterator> RocksStore::Scan(Table table) const {
  return std::unique_ptr<rocksdb::Iterator>(
      db_->NewIterator(Verified(), tables_[static_cast<std::size_t>(table)]));
}

void RocksStore::Put(rocksdb::WriteBatch& batch, Table table, std::string_view key,
                     std::string_view value) {
  Survive(batch.Put(tables_[static_cast<std::size_t>(table)], SliceOf(key), SliceOf(value)), disk_);
}

void RocksStore::Write(rocksdb::WriteBatch& batch) { Survive(db_->Write(Synced(), &batch), disk_); }

void RocksStore::PutSynced(Table table, std::string_view key, std::string_view value) {
  auto batch = NewBatch();
  Put(batch, table, key, value);
  Write(batch);
}

void RocksStore::PutHint(std::string_view key, std::string_view value) {
  Survive(db_->Put(rocksdb::WriteOptions(), tables_[static_cast<std::size_t>(Table::kMeta)],
                   SliceOf(key), SliceOf(value)),
          disk_);
}

void RocksStore::WriteRows(const std::vector<LogRow>& rows) {
  auto batch = NewBatch();
  for (const LogRow& row : rows) Put(batch, Table::kLog, keys::Number(row.first), row.frames);
  Write(batch);
}

Result<std::optional<LogRow>> RocksStore::RowOf(Position position) const {
  const auto rows = Scan(Table::kLog);
  rows->SeekForPrev(keys::Number(position));
  HQ_RETURN_IF_ERROR(ReadStatus(rows->status()));
  if (!rows->Valid()) return std::optional<LogRow>();
  return std::optional(LogRow{FirstOf(*rows), std::string(FramesOf(*rows))});
}

std::string RocksStore::RecordAt(Position position) const {
  auto record = TryRecordAt(position);
  SurviveRead(record.status());
  return *std::move(record);
}

Result<std::string> RocksStore::TryRecordAt(Position position) const {
  const auto rows = Scan(Table::kLog);
  rows->SeekForPrev(keys::Number(position));
  HQ_RETURN_IF_ERROR(ReadStatus(rows->status()));
  if (!rows->Valid()) return DamagedStore("position " + std::to_string(position) + " is gone");
  FrameWalker records(FramesOf(*rows));
  for (Position at = FirstOf(*rows); at < position && records.Next(); ++at) {
  }
  const auto record = records.Next();
  if (!record) return DamagedStore("position " + std::to_string(position) + " is gone");
  return std::string(*record);
}

Frames RocksStore::ReadFrames(Position after, Position until, std::size_t bytes_max) const {
  auto read = TryReadFrames(after, until, bytes_max);
  SurviveRead(read.status());
  return *std::move(read);
}

Result<Frames> RocksStore::TryReadFrames(Position after, Position until,
                                         std::size_t bytes_max) const {
  Frames read;
  if (after >= until) return read;
  rocksdb::ReadOptions options = Verified();
  options.fill_cache = false;
  const std::unique_ptr<rocksdb::Iterator> rows(
      db_->NewIterator(options, tables_[static_cast<std::size_t>(Table::kLog)]));
  Position last = after;
  for (rows->SeekForPrev(keys::Number(after + 1)); rows->Valid() && last < until; rows->Next()) {
    const std::string_view frames = FramesOf(*rows);
    FrameWalker records(frames);
    Position position = FirstOf(*rows) - 1;
    std::size_t begin = 0;
    while (position < until && records.Next()) {
      if (++position <= after) begin = records.offset();
      const bool is_full = records.offset() - begin + read.bytes.size() >= bytes_max;
      if (is_full && position > after && frames.size() > kWholeRowMax) break;
    }
    if (position > last) {
      if (read.first == 0) read.first = last + 1;
      last = position;
    }
    // More than a row: it will be a whole chunk.
    if (!read.bytes.empty()) read.bytes.reserve(std::min(bytes_max + frames.size(), kChunkMax));
    read.bytes.append(frames, begin, records.offset() - begin);
    if (read.bytes.size() >= bytes_max) break;
  }
  HQ_RETURN_IF_ERROR(ReadStatus(rows->status()));
  read.last = read.first == 0 ? 0 : last;
  return read;
}

std::vector<std::string> RocksStore::ForkNotes() const {
  std::vector<std::string> notes;
  const auto rows = Scan(Table::kMeta);
  for (rows->Seek(SliceOf(keys::kForks));
       rows->Valid() && rows->key().starts_with(SliceOf(keys::kForks)); rows->Next())
    notes.push_back(rows->value().ToString());
  Survive(rows->status(), disk_);
  return notes;
}

Status RocksStore::MakeImage(const std::string& directory) const {
  rocksdb::Checkpoint* raw = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db_.get(), &raw);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(raw);
  // Everything is flushed first, so that the image needs no log of writes, whose last page may not
  // be on disk yet.
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory, /*log_size_for_flush=*/0);
  return status.ok() ? absl::OkStatus()
                     : absl::UnavailableError("no image can be made: " + status.ToString());
}

Result<ChainHead> RocksStore::LoadHead() const {
  HQ_ASSIGN_OR_RETURN(const auto epoch, TryGet(Table::kMeta, "epoch"));
  HQ_ASSIGN_OR_RETURN(const auto log_id, TryGet(Table::kMeta, "log_id"));
  HQ_ASSIGN_OR_RETURN(const auto id_floor, TryGet(Table::kMeta, keys::kIdFloor));
  ChainHead head;
  head.log_id = log_id.value_or("");
  if (epoch) head.epoch = keys::LastNumber(*epoch).value_or(0);
  if (id_floor) head.id_floor = ParseTxnId(*id_floor).value_or(TxnId{});
  const auto rows = Scan(Table::kLog);
  rows->SeekToLast();
  HQ_RETURN_IF_ERROR(ReadStatus(rows->status()));
  if (!rows->Valid()) return head;
  FrameWalker records(FramesOf(*rows));
  std::string_view bytes;
  Position position = FirstOf(*rows) - 1;
  for (; const auto record = records.Next(); ++position) bytes = *record;
  if (records.is_broken()) return DamagedStore("the last row of the log is broken");
  HQ_ASSIGN_OR_RETURN(ChainHead last, HeadAfter(bytes));
  const bool fits =
      last.log_id == head.log_id && last.epoch <= head.epoch && last.position == position;
  if (!fits) return DamagedStore("the last record is not this ledger's");
  last.epoch = head.epoch;
  last.id_floor = head.id_floor;
  return last;
}

}  // namespace hq::ledger
