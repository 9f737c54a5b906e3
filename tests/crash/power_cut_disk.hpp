// A file system on a disk whose power can be cut at any moment: a CachedDisk, made a block device
// by the kernel's loop driver, formatted and mounted as a real one is.
#pragma once

#include <memory>
#include <random>
#include <string>

#include "tests/crash/cached_disk.hpp"
#include "tests/crash/disk_file.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

enum class FileSystem { kExt4, kExt4Writeback, kXfs };

// Needs root: a test that cannot have one fails, it does not skip. Mounted for this process and its
// children only, so that nothing is left of it however the test ends. To be used from one thread,
// which starts whoever uses the disk.
class PowerCutDisk {
 public:
  explicit PowerCutDisk(FileSystem file_system);
  ~PowerCutDisk();

  PowerCutDisk(const PowerCutDisk&) = delete;
  PowerCutDisk& operator=(const PowerCutDisk&) = delete;

  // Where it is mounted.
  const std::string& path() const { return directory_.path(); }

  // From now on every read, write and flush of the device fails; see CachedDisk.
  void CutPower(std::mt19937_64& random) { disk_.CutPower(random); }

  // After CutPower, and after the end of all processes that had files open on it: mounts what has
  // survived, by which the file system recovers from its journal.
  void RestorePower();

 private:
  void Mount(bool is_new);
  void Unmount();

  const FileSystem file_system_;
  CachedDisk disk_;
  std::unique_ptr<DiskFile> file_;
  TempDir directory_;
};

}  // namespace hq::testing
