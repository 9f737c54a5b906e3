// A CachedDisk as a file, so that the kernel can make a block device of it: a file system in user
// space with one file for each life of the disk. A flush of the device arrives as the file's fsync.
#pragma once

#include <memory>
#include <string>

#include "tests/crash/cached_disk.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// Needs root and /dev/fuse.
class DiskFile {
 public:
  // `disk` outlives it.
  explicit DiskFile(CachedDisk& disk);
  ~DiskFile();

  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  // The file of the present life. Whatever is done to the file of an earlier one fails.
  std::string path() const;

 private:
  struct Session;

  CachedDisk& disk_;
  TempDir directory_;
  std::unique_ptr<Session> session_;
};

}  // namespace hq::testing
