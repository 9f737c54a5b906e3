#include "common/rocks/damage.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace hq::rocks {
namespace {

using Names = std::vector<std::string>;

constexpr const char* kMark = "DAMAGED";
constexpr const char* kCurrent = "CURRENT";

rocksdb::Status Synced(rocksdb::Env& disk, const std::string& directory) {
  std::unique_ptr<rocksdb::Directory> folder;
  const auto opened = disk.NewDirectory(directory, &folder);
  return opened.ok() ? folder->Fsync() : opened;
}

// OK, too, if there is no such file.
rocksdb::Status Removed(rocksdb::Env& disk, const std::string& directory, const char* name) {
  const std::string path = directory + "/" + name;
  if (disk.FileExists(path).IsNotFound()) return rocksdb::Status::OK();
  const auto removed = disk.DeleteFile(path);
  return removed.ok() ? Synced(disk, directory) : removed;
}

// While no other process has the database, which would be writing these very files.
rocksdb::Status WithLock(rocksdb::Env& disk, const std::string& directory,
                         const std::function<rocksdb::Status()>& call) {
  rocksdb::FileLock* lock = nullptr;
  if (const auto locked = disk.LockFile(directory + "/LOCK", &lock); !locked.ok()) return locked;
  const auto called = call();
  const auto unlocked = disk.UnlockFile(lock);
  return called.ok() ? unlocked : called;
}

bool Has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// RocksDB's numbered files: 000017.sst, 000018.log.
bool IsNumbered(std::string_view name, std::string_view ending) {
  return name.ends_with(ending) && name.size() > ending.size() && name[0] >= '0' && name[0] <= '9';
}

bool HoldsRows(const std::string& name) {
  return IsNumbered(name, ".sst") || IsNumbered(name, ".log") || name.starts_with("MANIFEST-");
}

// A MANIFEST whose end is lost to a rotten length reads as a whole one of an earlier time. RocksDB
// then deletes the tables that it does not name, and goes on with the log behind the gap.
rocksdb::Status CheckTables(const rocksdb::Options& options, const std::string& directory) {
  Names names;
  if (const auto listed = options.env->GetChildren(directory, &names); !listed.ok()) return listed;
  rocksdb::DB* opened = nullptr;
  const auto status = rocksdb::DB::OpenForReadOnly(options, directory, &opened);
  if (!status.ok()) return status;
  const std::unique_ptr<rocksdb::DB> db(opened);
  std::vector<rocksdb::LiveFileMetaData> tables;
  db->GetLiveFilesMetaData(&tables);
  std::set<std::uint64_t> known;
  for (const auto& table : tables) known.insert(table.file_number);
  for (const std::string& name : names)
    if (IsNumbered(name, ".sst") && !known.contains(std::strtoull(name.c_str(), nullptr, 10)))
      return rocksdb::Status::Corruption("a table that the MANIFEST does not know", name);
  return rocksdb::Status::OK();
}

}  // namespace

bool IsDamage(const rocksdb::Status& status) {
  return status.IsCorruption() || status.IsPathNotFound() || status.IsNotFound() ||
         status.IsNotSupported() || status.IsInvalidArgument();
}

rocksdb::Status MarkDamaged(rocksdb::Env& disk, const std::string& directory,
                            const std::string& why) {
  const auto written =
      rocksdb::WriteStringToFile(&disk, why + "\n", directory + "/" + kMark, /*should_sync=*/true);
  return written.ok() ? Synced(disk, directory) : written;
}

bool IsMarkedDamaged(rocksdb::Env& disk, const std::string& directory) {
  return disk.FileExists(directory + "/" + kMark).ok();
}

rocksdb::Status Inspect(const rocksdb::Options& options, const std::string& directory) {
  rocksdb::Env& disk = *options.env;
  Names names;
  const auto listed = disk.GetChildren(directory, &names);
  if (listed.IsNotFound() || listed.IsPathNotFound()) return rocksdb::Status::OK();
  if (!listed.ok()) return listed;
  if (Has(names, kMark)) {
    std::string why;
    const auto read = rocksdb::ReadFileToString(&disk, directory + "/" + kMark, &why);
    while (why.ends_with('\n')) why.pop_back();
    return rocksdb::Status::Corruption("marked as damaged", read.ok() ? why : read.ToString());
  }
  // RocksDB would begin anew by itself, and take in a log of writes that lies there.
  if (!Has(names, kCurrent))
    return std::any_of(names.begin(), names.end(), HoldsRows)
               ? rocksdb::Status::Corruption("there are files, and no CURRENT")
               : rocksdb::Status::OK();
  return WithLock(disk, directory, [&] { return CheckTables(options, directory); });
}

// CURRENT goes first, which needs no room on the disk, and the mark goes last: what is left by a
// process that dies in between is not believed.
rocksdb::Status Destroy(const rocksdb::Options& options, const std::string& directory) {
  rocksdb::Env& disk = *options.env;
  const auto cut = WithLock(disk, directory, [&] { return Removed(disk, directory, kCurrent); });
  if (!cut.ok()) return cut;
  if (const auto gone = rocksdb::DestroyDB(directory, options); !gone.ok()) return gone;
  return Removed(disk, directory, kMark);
}

}  // namespace hq::rocks
