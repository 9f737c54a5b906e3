// A disk in memory that behaves as disks do when things go wrong. What was not synced is lost with
// the power, the last write may be torn, a failed sync leaves it open whether its bytes are there,
// names are durable only when their directory was synced. RocksDB runs on it through Env.
#pragma once

#include <rocksdb/env.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hq::testing {

// What happens at the disk's next operation that makes something durable: a sync of a file or of a
// directory.
enum class DiskFault {
  kNone,
  kPowerLostBefore,  // Nothing of it became durable, but for what a torn write left.
  kPowerLostAfter,   // It became durable, and nobody was told.
  kKilledBefore,     // The process dies; the machine, and so the page cache, lives on.
  kErrorAndPresent,  // EIO; the bytes can be read, but were never written to the platter.
  kErrorAndGone,     // EIO; the page cache has dropped them.
};

// Thread-safe. What a disk holds after a fault is taken at that very moment; whatever is still
// written to it afterwards is of a process that is dead by then, and goes nowhere.
class SimulatedDisk {
 public:
  SimulatedDisk();
  ~SimulatedDisk();

  SimulatedDisk(const SimulatedDisk&) = delete;
  SimulatedDisk& operator=(const SimulatedDisk&) = delete;

  rocksdb::Env* env() { return env_.get(); }

  // `fault` happens at the `after`-th operation from now on, counted from 0, that makes something
  // durable below the folder `within`. `luck` decides how much of it survives.
  void Arm(DiskFault fault, std::string within, unsigned after, std::uint64_t luck);
  void Disarm();

  // While it is full nothing is written any more: ENOSPC.
  void SetFull(bool is_full);

  // Whether the armed fault has happened, so that the process is dead.
  bool has_failed() const;

  // What the next process finds: after the fault, if there was one; else after a kill now. Nothing
  // but this is shared by two disks.
  std::unique_ptr<SimulatedDisk> AfterKill() const;
  // The same after the power was lost now.
  std::unique_ptr<SimulatedDisk> AfterPowerLoss(std::uint64_t luck) const;
  // The same, if nothing is to be lost.
  std::unique_ptr<SimulatedDisk> Copy() const;

  // Flips one bit of a file below the folder `within`; returns the file's name, empty if there is
  // no byte there.
  std::string FlipBit(const std::string& within, std::uint64_t luck);

  // For the file system that RocksDB sees.
  class Files;

 private:
  explicit SimulatedDisk(std::shared_ptr<Files> files);

  std::shared_ptr<Files> files_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace hq::testing
