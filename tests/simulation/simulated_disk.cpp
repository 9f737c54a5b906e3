#include "tests/simulation/simulated_disk.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <cstring>

#include "tests/simulation/simulated_files.hpp"

namespace hq::testing {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;
using Files = SimulatedDisk::Files;
using FilesPtr = std::shared_ptr<Files>;

IOStatus NoSuchFile(const std::string& path) { return IOStatus::PathNotFound(path); }

// RocksDB names a folder with a slash behind it, or without.
std::string FolderOf(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  return path;
}

// The part of a file from `offset` on, in `scratch`.
Slice PartOf(const Files::File& file, std::uint64_t offset, std::size_t size, char* scratch) {
  const std::size_t begin = std::min<std::size_t>(offset, file.bytes.size());
  const std::size_t length = std::min(size, file.bytes.size() - begin);
  std::memcpy(scratch, file.bytes.data() + begin, length);
  return {scratch, length};
}

class SequentialReader final : public rocksdb::FSSequentialFile {
 public:
  SequentialReader(FilesPtr files, Files::FilePtr file)
      : files_(std::move(files)), file_(std::move(file)) {}

  IOStatus Read(std::size_t size, const IOOptions&, Slice* result, char* scratch,
                IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    *result = PartOf(*file_, offset_, size, scratch);
    offset_ += result->size();
    return IOStatus::OK();
  }

  IOStatus Skip(std::uint64_t size) override {
    std::lock_guard lock(files_->mutex());
    offset_ = std::min<std::uint64_t>(offset_ + size, file_->bytes.size());
    return IOStatus::OK();
  }

 private:
  FilesPtr files_;
  Files::FilePtr file_;
  std::uint64_t offset_ = 0;
};

class RandomReader final : public rocksdb::FSRandomAccessFile {
 public:
  RandomReader(FilesPtr files, Files::FilePtr file)
      : files_(std::move(files)), file_(std::move(file)) {}

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions&, Slice* result,
                char* scratch, IODebugContext*) const override {
    std::lock_guard lock(files_->mutex());
    *result = PartOf(*file_, offset, size, scratch);
    return IOStatus::OK();
  }

 private:
  FilesPtr files_;
  Files::FilePtr file_;
};

class Writer final : public rocksdb::FSWritableFile {
 public:
  Writer(FilesPtr files, std::string path, Files::FilePtr file)
      : files_(std::move(files)), path_(std::move(path)), file_(std::move(file)) {}

  using FSWritableFile::Append;
  IOStatus Append(const Slice& data, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    if (files_->is_full()) return IOStatus::NoSpace(path_);
    file_->bytes.append(data.data(), data.size());
    return IOStatus::OK();
  }

  IOStatus Truncate(std::uint64_t size, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    file_->bytes.resize(size);
    file_->synced = std::min(file_->synced, file_->bytes.size());
    return IOStatus::OK();
  }

  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    return files_->Sync(path_, *file_) ? IOStatus::OK() : IOStatus::IOError(path_, "EIO");
  }

  bool IsSyncThreadSafe() const override { return true; }

  std::uint64_t GetFileSize(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    return file_->bytes.size();
  }

 private:
  FilesPtr files_;
  std::string path_;
  Files::FilePtr file_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  Directory(FilesPtr files, std::string path) : files_(std::move(files)), path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    files_->SyncNames(path_ + "/");
    return IOStatus::OK();
  }

  IOStatus Close(const IOOptions&, IODebugContext*) override { return IOStatus::OK(); }

 private:
  FilesPtr files_;
  std::string path_;
};

class Silent final : public rocksdb::Logger {
 public:
  Silent() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
  void LogHeader(const char*, va_list) override {}
};

class Lock final : public rocksdb::FileLock {};

class MemoryFiles final : public rocksdb::FileSystem {
 public:
  explicit MemoryFiles(FilesPtr files) : files_(std::move(files)) {}

  const char* Name() const override { return "SimulatedDisk"; }

  IOStatus NewSequentialFile(const std::string& path, const FileOptions&,
                             std::unique_ptr<rocksdb::FSSequentialFile>* result,
                             IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    const auto file = files_->Find(path);
    if (!file) return NoSuchFile(path);
    *result = std::make_unique<SequentialReader>(files_, file);
    return IOStatus::OK();
  }

  IOStatus NewRandomAccessFile(const std::string& path, const FileOptions&,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                               IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    const auto file = files_->Find(path);
    if (!file) return NoSuchFile(path);
    *result = std::make_unique<RandomReader>(files_, file);
    return IOStatus::OK();
  }

  // A database keeps a copy of its options for people, and gets on without: refusing it makes
  // opening several times as fast.
  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext*) override {
    if (path.find("/OPTIONS-") != path.npos) return IOStatus::IOError(path, "not kept");
    std::lock_guard lock(files_->mutex());
    *result = std::make_unique<Writer>(files_, path, files_->Create(path));
    return IOStatus::OK();
  }

  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>* result, IODebugContext*) override {
    *result = std::make_unique<Directory>(files_, FolderOf(path));
    return IOStatus::OK();
  }

  IOStatus FileExists(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    const bool is_there = files_->Find(path) || files_->HasDirectory(FolderOf(path));
    return is_there ? IOStatus::OK() : IOStatus::NotFound(path);
  }

  IOStatus GetChildren(const std::string& path, const IOOptions&, std::vector<std::string>* result,
                       IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    *result = files_->ChildrenOf(FolderOf(path));
    return files_->HasDirectory(FolderOf(path)) ? IOStatus::OK() : IOStatus::NotFound(path);
  }

  IOStatus DeleteFile(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    return files_->Remove(path) ? IOStatus::OK() : NoSuchFile(path);
  }

  IOStatus CreateDir(const std::string& path, const IOOptions& options,
                     IODebugContext* context) override {
    return CreateDirIfMissing(path, options, context);
  }

  IOStatus CreateDirIfMissing(const std::string& path, const IOOptions&, IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    files_->MakeDirectory(FolderOf(path));
    return IOStatus::OK();
  }

  // Folders stay: an empty one is none to RocksDB.
  IOStatus DeleteDir(const std::string&, const IOOptions&, IODebugContext*) override {
    return IOStatus::OK();
  }

  IOStatus GetFileSize(const std::string& path, const IOOptions&, std::uint64_t* size,
                       IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    const auto file = files_->Find(path);
    if (!file) return NoSuchFile(path);
    *size = file->bytes.size();
    return IOStatus::OK();
  }

  IOStatus GetFileModificationTime(const std::string&, const IOOptions&, std::uint64_t* time,
                                   IODebugContext*) override {
    *time = 0;
    return IOStatus::OK();
  }

  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions&,
                      IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    return files_->Rename(from, to) ? IOStatus::OK() : NoSuchFile(from);
  }

  // Every process has a disk of its own: nobody to keep out.
  IOStatus LockFile(const std::string&, const IOOptions&, rocksdb::FileLock** lock,
                    IODebugContext*) override {
    *lock = new Lock;
    return IOStatus::OK();
  }

  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions&, IODebugContext*) override {
    delete lock;
    return IOStatus::OK();
  }

  IOStatus GetTestDirectory(const IOOptions&, std::string* path, IODebugContext*) override {
    *path = "/simulated";
    return IOStatus::OK();
  }

  IOStatus NewLogger(const std::string&, const IOOptions&, std::shared_ptr<rocksdb::Logger>* result,
                     IODebugContext*) override {
    *result = std::make_shared<Silent>();
    return IOStatus::OK();
  }

  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&, std::string* absolute,
                           IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }

  IOStatus IsDirectory(const std::string& path, const IOOptions&, bool* is_directory,
                       IODebugContext*) override {
    std::lock_guard lock(files_->mutex());
    *is_directory = files_->HasDirectory(FolderOf(path));
    return IOStatus::OK();
  }

 private:
  FilesPtr files_;
};

}  // namespace

SimulatedDisk::SimulatedDisk() : SimulatedDisk(std::make_shared<Files>()) {}

SimulatedDisk::SimulatedDisk(std::shared_ptr<Files> files)
    : files_(std::move(files)),
      env_(rocksdb::NewCompositeEnv(std::make_shared<MemoryFiles>(files_))) {}

SimulatedDisk::~SimulatedDisk() = default;

void SimulatedDisk::Arm(DiskFault fault, std::string within, unsigned after, std::uint64_t luck) {
  std::lock_guard lock(files_->mutex());
  files_->Arm(fault, std::move(within), after, luck);
}

void SimulatedDisk::Disarm() { Arm(DiskFault::kNone, "", 0, 0); }

void SimulatedDisk::SetFull(bool is_full) {
  std::lock_guard lock(files_->mutex());
  files_->SetFull(is_full);
}

bool SimulatedDisk::has_failed() const {
  std::lock_guard lock(files_->mutex());
  return files_->has_failed();
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::AfterKill() const {
  std::lock_guard lock(files_->mutex());
  return std::unique_ptr<SimulatedDisk>(new SimulatedDisk(files_->AfterKill()));
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::AfterPowerLoss(std::uint64_t luck) const {
  std::lock_guard lock(files_->mutex());
  return std::unique_ptr<SimulatedDisk>(new SimulatedDisk(files_->AfterPowerLoss(luck)));
}

std::unique_ptr<SimulatedDisk> SimulatedDisk::Copy() const { return AfterKill(); }

std::string SimulatedDisk::FlipBit(const std::string& within, std::uint64_t luck) {
  std::lock_guard lock(files_->mutex());
  return files_->FlipBit(within, luck);
}

}  // namespace hq::testing
