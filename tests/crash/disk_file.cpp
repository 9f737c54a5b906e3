#include "tests/crash/disk_file.hpp"

#define FUSE_USE_VERSION 35
#include <fuse3/fuse.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "common/base/check.hpp"

// Called back by libfuse, on the one thread that serves the file.

namespace hq::testing {
namespace {

CachedDisk& TheDisk() { return *static_cast<CachedDisk*>(fuse_get_context()->private_data); }

// The life that a file's name stands for; 0 for no file of ours.
std::uint64_t LifeOf(const char* path) { return std::strtoull(path + 1, nullptr, 10); }

// Nothing is remembered by the kernel: what was written in one life must not be read in the next.
void* Init(fuse_conn_info*, fuse_config* config) {
  config->direct_io = 1;
  config->attr_timeout = 0;
  config->entry_timeout = 0;
  return fuse_get_context()->private_data;
}

int GetAttributes(const char* path, struct stat* attributes, fuse_file_info*) {
  *attributes = {};
  const bool is_root = std::strcmp(path, "/") == 0;
  if (!is_root && LifeOf(path) == 0) return -ENOENT;
  attributes->st_mode = is_root ? (S_IFDIR | 0700) : (S_IFREG | 0600);
  attributes->st_nlink = 1;
  if (!is_root) attributes->st_size = static_cast<off_t>(TheDisk().bytes());
  return 0;
}

int Open(const char* path, fuse_file_info* file) {
  file->fh = LifeOf(path);
  return file->fh == 0 ? -ENOENT : 0;
}

int Read(const char*, char* into, std::size_t size, off_t offset, fuse_file_info* file) {
  const bool is_read = TheDisk().Read(file->fh, static_cast<std::uint64_t>(offset), into, size);
  return is_read ? static_cast<int>(size) : -EIO;
}

int Write(const char*, const char* from, std::size_t size, off_t offset, fuse_file_info* file) {
  const bool is_written = TheDisk().Write(file->fh, static_cast<std::uint64_t>(offset), from, size);
  return is_written ? static_cast<int>(size) : -EIO;
}

int Sync(const char*, int, fuse_file_info* file) { return TheDisk().Flush(file->fh) ? 0 : -EIO; }

fuse_operations Operations() {
  fuse_operations operations = {};
  operations.init = &Init;
  operations.getattr = &GetAttributes;
  operations.open = &Open;
  operations.read = &Read;
  operations.write = &Write;
  operations.fsync = &Sync;
  return operations;
}

}  // namespace

struct DiskFile::Session {
  fuse* served = nullptr;
  std::thread serving;
};

DiskFile::DiskFile(CachedDisk& disk) : disk_(disk), session_(std::make_unique<Session>()) {
  const fuse_operations operations = Operations();
  std::string name = "hq-test-disk";
  char* words[] = {name.data(), nullptr};
  fuse_args arguments = FUSE_ARGS_INIT(1, words);
  session_->served = fuse_new(&arguments, &operations, sizeof(operations), &disk_);
  fuse_opt_free_args(&arguments);
  HQ_CHECK(session_->served != nullptr, "a file system can be served");
  HQ_CHECK(fuse_mount(session_->served, directory_.path().c_str()) == 0,
           "a file system in user space can be mounted (needs root and /dev/fuse)");
  session_->serving = std::thread([this] { fuse_loop(session_->served); });
}

DiskFile::~DiskFile() {
  fuse_exit(session_->served);
  fuse_unmount(session_->served);  // Wakes the loop.
  session_->serving.join();
  fuse_destroy(session_->served);
}

std::string DiskFile::path() const { return directory_ / std::to_string(disk_.life()); }

}  // namespace hq::testing
