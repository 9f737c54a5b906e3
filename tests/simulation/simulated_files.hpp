// What lies on a simulated disk: files with what of them is synced, names with what of them is
// durable.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/simulated_disk.hpp"

namespace hq::testing {

// Thread-safe; so is every call of a file's own, by the disk's one mutex.
class SimulatedDisk::Files {
 public:
  struct File {
    std::string bytes;
    std::size_t synced = 0;
    // Parts that can be read, and will be zeros once the power was lost: their sync has failed.
    std::vector<std::pair<std::size_t, std::size_t>> doubtful;
  };
  using FilePtr = std::shared_ptr<File>;

  std::mutex& mutex() { return mutex_; }

  // The rest wants the mutex held.
  FilePtr Find(const std::string& path) const;
  FilePtr Create(const std::string& path);
  bool Remove(const std::string& path);
  bool Rename(const std::string& from, const std::string& to);
  void MakeDirectory(const std::string& path) { directories_.insert(path); }
  bool HasDirectory(const std::string& path) const { return directories_.count(path) > 0; }
  std::vector<std::string> ChildrenOf(const std::string& path) const;

  // False: EIO.
  bool Sync(const std::string& path, File& file);
  void SyncNames(const std::string& path);

  void SetFull(bool is_full) { is_full_ = is_full; }
  bool is_full() const { return is_full_; }

  void Arm(DiskFault fault, std::string within, unsigned after, std::uint64_t luck);
  bool has_failed() const { return survivor_ != nullptr; }

  std::shared_ptr<Files> AfterKill() const;
  std::shared_ptr<Files> AfterPowerLoss(std::uint64_t luck) const;
  std::string FlipBit(const std::string& within, std::uint64_t luck);

 private:
  using Names = std::map<std::string, FilePtr>;
  struct NameChange {
    std::string removed;  // Empty: none.
    std::string made;     // Empty: none.
    FilePtr file;
  };

  void Change(NameChange change);
  static void Apply(Names& names, const NameChange& change);
  // The fault that happens at this operation, if it is the one.
  DiskFault FaultAt(const std::string& path);

  std::mutex mutex_;
  std::set<std::string> directories_;
  Names names_;
  Names durable_names_;
  std::vector<NameChange> unsynced_names_;  // In order, as a journal has them.

  bool is_full_ = false;
  DiskFault armed_ = DiskFault::kNone;
  std::string armed_within_;
  unsigned armed_after_ = 0;
  std::uint64_t armed_luck_ = 0;
  std::shared_ptr<Files> survivor_;
};

}  // namespace hq::testing
