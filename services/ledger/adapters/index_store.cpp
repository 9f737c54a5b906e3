#include "services/ledger/adapters/index_store.hpp"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <span>

#include "common/rocks/damage.hpp"
#include "services/ledger/adapters/rocks_check.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/posting_list.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kMarkKey = "m";
// A small index is read whole when it is opened; that of a larger one takes too long, and what
// rotted in it is found when it is read.
constexpr std::uint64_t kVerifiedBytesMax = 64ULL << 20;
// The filters and the index blocks of ten million records are some 20 MB, and every command is
// looked up among them: a cache that they do not fit reads them again for each.
constexpr std::size_t kCacheBytes = 64ULL << 20;
// Bounds what has to be worked out again when the ledger opens.
constexpr std::size_t kFlushRecords = 500'000;

rocksdb::Options IndexOptions(const Disk& disk) {
  rocksdb::Options options;
  disk.PutInto(options);
  options.create_if_missing = true;
  options.paranoid_checks = true;
  options.write_buffer_size = 16ULL << 20;
  options.max_write_buffer_number = 2;
  options.max_background_jobs = 1;
  options.level_compaction_dynamic_level_bytes = true;
  options.keep_log_file_num = 2;
  rocksdb::BlockBasedTableOptions blocks;
  blocks.block_cache = rocksdb::NewLRUCache(kCacheBytes);
  blocks.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  blocks.cache_index_and_filter_blocks = true;
  blocks.pin_l0_filter_and_index_blocks_in_cache = true;
  blocks.checksum = rocksdb::kXXH3;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(blocks));
  return options;
}

std::vector<Position> Decoded(const rocksdb::Slice& value) {
  auto positions = DecodePostings({value.data(), value.size()});
  HQ_CHECK(positions.has_value(), "a row of the index can be read");
  return *std::move(positions);
}

Version FirstVersionOf(const rocksdb::Slice& key) {
  return keys::LastNumber({key.data(), key.size()}).value_or(0);
}

}  // namespace

Result<std::unique_ptr<IndexStore>> IndexStore::Open(const std::string& directory, Disk disk) {
  std::unique_ptr<IndexStore> store(new IndexStore(directory, std::move(disk)));
  const bool is_damaged = rocks::IsMarkedDamaged(store->Files(), directory);
  Status opened = is_damaged ? store->Clear() : store->OpenDatabase();
  if (absl::IsDataLoss(opened)) opened = store->Clear();
  HQ_RETURN_IF_ERROR(opened);
  return store;
}

IndexStore::~IndexStore() {
  if (!db_) return;
  const rocksdb::Status closed = db_->Close();
  if (!disk_.on_failure)
    ledger::Survive(closed);  // Who is told of failures may close what has failed.
}

Status IndexStore::OpenDatabase() {
  rocksdb::DB* db = nullptr;
  const auto status = rocksdb::DB::Open(IndexOptions(disk_), directory_, &db);
  if (status.IsIOError() && status.ToString().find("lock") != std::string::npos)
    return absl::UnavailableError("another process has the index: " + status.ToString());
  if (!status.ok()) return absl::DataLossError("the index is damaged: " + status.ToString());
  db_.reset(db);
  std::uint64_t bytes = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  const auto verified = bytes <= kVerifiedBytesMax ? db_->VerifyChecksum() : rocksdb::Status::OK();
  return verified.ok() ? absl::OkStatus()
                       : absl::DataLossError("the index is damaged: " + verified.ToString());
}

Status IndexStore::Clear() {
  if (db_) Survive(db_->Close());
  db_.reset();
  const auto status = rocks::Destroy(IndexOptions(disk_), directory_);
  if (!status.ok()) return absl::UnavailableError("cannot clear the index: " + status.ToString());
  return OpenDatabase();
}

void IndexStore::Survive(const rocksdb::Status& status) const {
  if (status.ok()) return;
  static_cast<void>(rocks::MarkDamaged(Files(), directory_, status.ToString()));
  ledger::Survive(status, disk_);
}

std::optional<std::string> IndexStore::Get(std::string_view key) const {
  std::string value;
  const auto status = db_->Get(rocksdb::ReadOptions(), SliceOf(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  Survive(status);
  return value;
}

std::unique_ptr<rocksdb::Iterator> IndexStore::Scan() const {
  return std::unique_ptr<rocksdb::Iterator>(db_->NewIterator(rocksdb::ReadOptions()));
}

std::optional<IndexMark> IndexStore::Mark() const {
  const auto bytes = Get(kMarkKey);
  if (!bytes) return std::nullopt;
  auto mark = IndexMark::Parse(*bytes);
  if (!mark.ok()) return std::nullopt;
  return *std::move(mark);
}

// One batch lies in one memtable, and there is one column family: that makes it whole or absent.
void IndexStore::Write(const RecentIndex& stretch, const IndexMark& mark) {
  rocksdb::WriteBatch batch;
  PutLists(batch, stretch);
  for (const auto& [key, receipt] : stretch.receipts()) Survive(batch.Put(key, receipt));
  for (const auto& [id, position] : stretch.id_runs())
    Survive(batch.Put(keys::OfIdRun(id.first, id.second), keys::Number(position)));
  for (const Tile& tile : stretch.tiles())
    Survive(batch.Put(keys::OfTile(tile.id.level, tile.id.index), tile.hashes + tile.middle));
  Survive(batch.Put(SliceOf(kMarkKey), mark.Serialize()));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  Survive(db_->Write(options, &batch));
  unflushed_records_ += stretch.records();
  if (unflushed_records_ < kFlushRecords) return;
  unflushed_records_ = 0;
  rocksdb::FlushOptions flush;
  flush.wait = false;
  flush.allow_write_stall = true;
  Survive(db_->Flush(flush));
}

void IndexStore::PutLists(rocksdb::WriteBatch& batch, const RecentIndex& stretch) const {
  for (const auto& [key, list] : stretch.lists()) {
    std::span<const Position> rest = list.positions;
    Version version = list.first_version;
    while (!rest.empty()) {
      const auto part = rest.first(std::min(rest.size(), kPostingsMax));
      const std::uint64_t number = list.first_version == 0 ? part.front() : version;
      Survive(batch.Put(key + keys::Number(number), EncodePostings(part)));
      rest = rest.subspan(part.size());
      version += part.size();
    }
  }
}

// A row that cannot be read must not pass for one that is not there, and the next seek forgets it.
void IndexStore::SeekBack(rocksdb::Iterator& rows, const std::string& key) const {
  rows.SeekForPrev(key);
  Survive(rows.status());
}

// Rows of streams sort by version. Versions and positions rise together, so their place is found by
// halving.
void IndexStore::SeekRow(rocksdb::Iterator& rows, std::string_view key, Position position) const {
  if (key[0] != 's') {
    SeekBack(rows, std::string(key) + keys::Number(position));
    if (!rows.Valid() || !rows.key().starts_with(SliceOf(key))) rows.Seek(SliceOf(key));
    return;
  }
  Version low = 1;
  Version high = VersionOf(key.substr(1, key.size() - 2));
  while (low < high) {
    const Version middle = low + (high - low + 1) / 2;
    SeekBack(rows, std::string(key) + keys::Number(middle));
    const bool is_before = rows.Valid() && rows.key().starts_with(SliceOf(key)) &&
                           Decoded(rows.value()).front() <= position;
    if (is_before) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  SeekBack(rows, std::string(key) + keys::Number(low));
  if (!rows.Valid() || !rows.key().starts_with(SliceOf(key))) rows.Seek(SliceOf(key));
}

std::vector<Position> IndexStore::Forward(std::string_view key, Position after, Position until,
                                          std::size_t max) const {
  std::vector<Position> found;
  const auto rows = Scan();
  for (SeekRow(*rows, key, after); rows->Valid() && rows->key().starts_with(SliceOf(key));
       rows->Next()) {
    for (const Position position : Decoded(rows->value())) {
      if (position <= after) continue;
      if (position > until || found.size() >= max) return found;
      found.push_back(position);
    }
  }
  Survive(rows->status());
  return found;
}

std::vector<Position> IndexStore::Backward(std::string_view key, Position after, Position until,
                                           std::size_t max) const {
  std::vector<Position> found;
  const auto rows = Scan();
  for (SeekRow(*rows, key, until); rows->Valid() && rows->key().starts_with(SliceOf(key));
       rows->Prev()) {
    const auto positions = Decoded(rows->value());
    for (auto position = positions.rbegin(); position != positions.rend(); ++position) {
      if (*position > until) continue;
      if (*position <= after || found.size() >= max) return found;
      found.push_back(*position);
    }
  }
  Survive(rows->status());
  return found;
}

std::vector<Position> IndexStore::Versions(std::string_view stream, Version from,
                                           std::size_t max) const {
  std::vector<Position> found;
  const std::string key = keys::OfStream(stream);
  const auto rows = Scan();
  SeekBack(*rows, key + keys::Number(from));
  if (!rows->Valid() || !rows->key().starts_with(key)) rows->Seek(key);
  for (; rows->Valid() && rows->key().starts_with(key) && found.size() < max; rows->Next()) {
    Version version = FirstVersionOf(rows->key());
    for (const Position position : Decoded(rows->value()))
      if (version++ >= from && found.size() < max) found.push_back(position);
  }
  Survive(rows->status());
  return found;
}

Version IndexStore::VersionOf(std::string_view stream) const {
  const std::string key = keys::OfStream(stream);
  const auto rows = Scan();
  SeekBack(*rows, key + keys::Number(~0ULL));
  if (!rows->Valid() || !rows->key().starts_with(key)) return 0;
  return FirstVersionOf(rows->key()) + CountPostings({rows->value().data(), rows->value().size()}) -
         1;
}

std::optional<Position> IndexStore::PositionOf(const TxnId& id) const {
  const std::string day = "d" + id.day;
  const auto rows = Scan();
  SeekBack(*rows, keys::OfIdRun(id.day, id.counter));
  if (!rows->Valid() || !rows->key().starts_with(day)) return std::nullopt;
  const auto first = keys::LastNumber({rows->key().data(), rows->key().size()});
  const auto position = keys::LastNumber({rows->value().data(), rows->value().size()});
  if (!first || !position) return std::nullopt;
  return *position + (id.counter - *first);
}

std::optional<Tile> IndexStore::TileOf(const TileId& id) const {
  constexpr std::size_t kFull = kTileWidth * kHashBytes;
  auto row = Get(keys::OfTile(id.level, id.index));
  if (!row) return std::nullopt;
  Tile tile{id, *std::move(row), {}};
  if (tile.hashes.size() > kFull) tile.middle = tile.hashes.substr(kFull);
  tile.hashes.resize(std::min(tile.hashes.size(), kFull));
  return tile;
}

}  // namespace hq::ledger
