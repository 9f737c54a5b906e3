#include "services/ledger/adapters/restore/stored_log.hpp"

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <limits>

#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/rocks_check.hpp"
#include "services/ledger/adapters/strict_options.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

rocksdb::DBOptions StoredLogOptions(bool is_written) {
  rocksdb::DBOptions options = StrictOptions();
  options.create_if_missing = is_written;
  options.create_missing_column_families = is_written;
  return options;
}

// For reading only: whatever is not as it was is left out rather than refused.
rocksdb::DBOptions SalvageOptions() {
  rocksdb::DBOptions options;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.paranoid_checks = false;
  options.max_open_files = 64;  // Files are opened when they are read.
  return options;
}

const std::vector<rocksdb::ColumnFamilyDescriptor>& Tables() {
  static const auto* tables = new std::vector<rocksdb::ColumnFamilyDescriptor>{
      {rocksdb::kDefaultColumnFamilyName, {}}, {"log", {}}, {"blobs", {}}};
  return *tables;
}

rocksdb::ReadOptions CheckedRead() {
  rocksdb::ReadOptions options;
  options.verify_checksums = true;
  options.fill_cache = false;
  return options;
}

rocksdb::WriteOptions OnDiskAtOnce() {
  rocksdb::WriteOptions options;
  options.sync = true;
  return options;
}

Status FromRocks(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  if (status.IsNotFound()) return absl::NotFoundError(status.ToString());
  // A file that is named and not there, or shorter than it was, is damage too.
  if (status.IsCorruption() || status.IsInvalidArgument() || status.IsPathNotFound())
    return absl::DataLossError("damaged files: " + status.ToString());
  return absl::UnavailableError(status.ToString());
}

// RocksDB makes a store of what it finds; the files of the copy are its own, the large ones, which
// it never changes, excepted.
Status RepairCopy(const std::string& folder, const std::string& copy) {
  namespace fs = std::filesystem;
  std::error_code error;
  fs::create_directories(copy, error);
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const fs::path to = fs::path(copy) / entry.path().filename();
    if (entry.path().extension() == ".sst") {
      fs::create_hard_link(entry.path(), to, error);
      if (!error) continue;
    }
    if (entry.is_regular_file()) fs::copy_file(entry.path(), to, error);
    if (error) return absl::UnavailableError("cannot copy " + entry.path().string());
  }
  if (error) return absl::UnavailableError("cannot list " + folder + ": " + error.message());
  return FromRocks(rocksdb::RepairDB(copy, SalvageOptions(), Tables()));
}

}  // namespace

std::string LogFolder(const std::string& data_dir) { return data_dir + "/log"; }

Result<std::unique_ptr<StoredLog>> StoredLog::OpenToRead(const std::string& data_dir) {
  std::error_code error;
  if (!std::filesystem::exists(LogFolder(data_dir) + "/CURRENT", error))
    return absl::NotFoundError("there is no ledger in " + data_dir);
  return Open(data_dir, false);
}

Result<std::unique_ptr<StoredLog>> StoredLog::OpenToWrite(const std::string& data_dir) {
  std::error_code error;
  std::filesystem::create_directories(data_dir, error);
  if (error) return absl::UnavailableError("cannot make " + data_dir + ": " + error.message());
  return Open(data_dir, true);
}

Result<std::unique_ptr<StoredLog>> StoredLog::Open(const std::string& data_dir, bool is_written) {
  std::unique_ptr<StoredLog> log(new StoredLog);
  rocksdb::DB* db = nullptr;
  const auto options = StoredLogOptions(is_written);
  const auto folder = LogFolder(data_dir);
  const Status opened = FromRocks(
      is_written ? rocksdb::DB::Open(options, folder, Tables(), &log->tables_, &db)
                 : rocksdb::DB::OpenForReadOnly(options, folder, Tables(), &log->tables_, &db));
  if (!opened.ok()) return Annotate(opened, "the ledger in " + data_dir);
  log->db_.reset(db);
  return log;
}

Result<std::unique_ptr<StoredLog>> StoredLog::OpenToSalvage(const std::string& data_dir,
                                                            const std::string& scratch) {
  const auto open = [](const std::string& folder) -> Result<std::unique_ptr<StoredLog>> {
    std::unique_ptr<StoredLog> log(new StoredLog);
    rocksdb::DB* db = nullptr;
    HQ_RETURN_IF_ERROR(FromRocks(
        rocksdb::DB::OpenForReadOnly(SalvageOptions(), folder, Tables(), &log->tables_, &db)));
    log->db_.reset(db);
    return log;
  };
  const std::string folder = LogFolder(data_dir);
  std::error_code error;
  if (!std::filesystem::exists(folder, error))
    return absl::NotFoundError("there is no ledger in " + data_dir);
  auto log = open(folder);
  if (log.ok()) return log;
  HQ_RETURN_IF_ERROR(RepairCopy(folder, scratch));
  return open(scratch);
}

Status StoredLog::CheckNotInUse(const std::string& data_dir) {
  std::error_code error;
  if (!std::filesystem::exists(LogFolder(data_dir), error)) return absl::OkStatus();
  rocksdb::FileLock* lock = nullptr;
  const rocksdb::Status locked =
      rocksdb::Env::Default()->LockFile(LogFolder(data_dir) + "/LOCK", &lock);
  if (!locked.ok())
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "another process has the ledger in " + data_dir + " open", "LEDGER_RUNS",
                   "Stop the ledger first.");
  return FromRocks(rocksdb::Env::Default()->UnlockFile(lock));
}

StoredLog::~StoredLog() {
  if (!db_) return;
  for (auto* table : tables_) static_cast<void>(db_->DestroyColumnFamilyHandle(table));
  static_cast<void>(db_->Close());  // What counts was said by Finish.
}

Status StoredLog::Put(Table table, std::string_view key, std::string_view value) {
  return FromRocks(db_->Put(rocksdb::WriteOptions(), tables_[table], SliceOf(key), SliceOf(value)));
}

Status StoredLog::Append(Position first, std::string_view frames) {
  return Put(kLog, keys::Number(first), frames);
}

Status StoredLog::PutBlob(std::string_view sha256, std::string_view content) {
  return Put(kBlobs, sha256, content);
}

Status StoredLog::PutMeta(std::string_view key, std::string_view value) {
  return Put(kMeta, key, value);
}

Status StoredLog::Finish() {
  HQ_RETURN_IF_ERROR(FromRocks(db_->Flush(rocksdb::FlushOptions(), tables_)));
  HQ_RETURN_IF_ERROR(FromRocks(db_->SyncWAL()));
  HQ_ASSIGN_OR_RETURN(const Position repairing_to, RepairingTo());
  if (repairing_to == 0) return absl::OkStatus();
  fault::Point("ledger.repair.end.before");
  return FromRocks(db_->Delete(OnDiskAtOnce(), tables_[kMeta], SliceOf(keys::kRepairing)));
}

Status StoredLog::BeginRepair(Position to, std::string_view id_floor) {
  rocksdb::WriteBatch batch;
  HQ_RETURN_IF_ERROR(
      FromRocks(batch.Put(tables_[kMeta], SliceOf(keys::kIdFloor), SliceOf(id_floor))));
  HQ_RETURN_IF_ERROR(
      FromRocks(batch.Put(tables_[kMeta], SliceOf(keys::kRepairing), keys::Number(to))));
  return FromRocks(db_->Write(OnDiskAtOnce(), &batch));
}

Result<Position> StoredLog::RepairingTo() const {
  const auto row = Meta(keys::kRepairing);
  if (absl::IsNotFound(row.status())) return Position{0};
  if (!row.ok()) return row.status();
  return keys::LastNumber(*row).value_or(std::numeric_limits<Position>::max());
}

Status StoredLog::ForEach(
    const std::function<Status(Position first, std::string_view frames)>& take,
    Position from) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(CheckedRead(), tables_[kLog]));
  rows->SeekForPrev(keys::Number(from));
  if (!rows->Valid()) {
    HQ_RETURN_IF_ERROR(FromRocks(rows->status()));
    rows->SeekToFirst();
  }
  for (; rows->Valid(); rows->Next())
    HQ_RETURN_IF_ERROR(
        take(keys::LastNumber(ToView(rows->key())).value_or(0), ToView(rows->value())));
  return FromRocks(rows->status());
}

Status StoredLog::ForEachBlob(
    const std::function<Status(std::string_view sha256, std::string_view content)>& take) const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(CheckedRead(), tables_[kBlobs]));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next())
    HQ_RETURN_IF_ERROR(take(ToView(rows->key()), ToView(rows->value())));
  return FromRocks(rows->status());
}

Result<std::vector<std::string>> StoredLog::ForkNotes() const {
  std::vector<std::string> notes;
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(CheckedRead(), tables_[kMeta]));
  for (rows->Seek(SliceOf(keys::kForks));
       rows->Valid() && rows->key().starts_with(SliceOf(keys::kForks)); rows->Next())
    notes.push_back(rows->value().ToString());
  HQ_RETURN_IF_ERROR(FromRocks(rows->status()));
  return notes;
}

Result<std::optional<std::string>> StoredLog::LastRecord() const {
  const std::unique_ptr<rocksdb::Iterator> rows(db_->NewIterator(CheckedRead(), tables_[kLog]));
  rows->SeekToLast();
  HQ_RETURN_IF_ERROR(FromRocks(rows->status()));
  if (!rows->Valid()) return std::optional<std::string>();
  FrameWalker walker(ToView(rows->value()));
  std::optional<std::string> last;
  while (const auto record = walker.Next()) last = std::string(*record);
  if (!last || walker.is_broken()) return absl::DataLossError("the last records cannot be read");
  return last;
}

Result<std::string> StoredLog::Get(Table table, std::string_view key) const {
  std::string value;
  HQ_RETURN_IF_ERROR(FromRocks(db_->Get(CheckedRead(), tables_[table], SliceOf(key), &value)));
  return value;
}

Result<std::string> StoredLog::Meta(std::string_view key) const { return Get(kMeta, key); }
Result<std::string> StoredLog::GetBlob(std::string_view sha256) const {
  return Get(kBlobs, sha256);
}

}  // namespace hq::ledger
