// A disk with a volatile write cache, in memory: what was written is lost with the power unless a
// flush that came after it was answered. What becomes of the rest is drawn: it may be there, be
// missing, or be there in part, each write for itself, as the specifications of disks allow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <random>
#include <string>
#include <vector>

namespace hq::testing {

// Thread-safe.
class CachedDisk {
 public:
  // All zeros; memory is taken for what is written only.
  explicit CachedDisk(std::uint64_t bytes);
  ~CachedDisk();

  CachedDisk(const CachedDisk&) = delete;
  CachedDisk& operator=(const CachedDisk&) = delete;

  std::uint64_t bytes() const { return bytes_; }

  // The life that began when the power came back last. Only what is addressed to the present life
  // is answered: with any other, and without power, the calls below say false and do nothing.
  std::uint64_t life() const;
  bool Read(std::uint64_t life, std::uint64_t offset, char* into, std::size_t size) const;
  bool Write(std::uint64_t life, std::uint64_t offset, const char* from, std::size_t size);
  bool Flush(std::uint64_t life);

  // The power goes, at this moment: draws from `random` what of the cache has reached the medium.
  void CutPower(std::mt19937_64& random);
  // It comes back; nothing is in the cache, and a new life begins.
  void RestorePower();

 private:
  struct Cached {
    std::uint64_t offset = 0;
    std::string bytes;
  };

  bool Takes(std::uint64_t life, std::uint64_t offset, std::size_t size) const;

  const std::uint64_t bytes_;
  char* const seen_;    // What a read gives: medium and cache.
  char* const medium_;  // What survives.
  mutable std::mutex mutex_;
  std::vector<Cached> cache_;  // In the order of the writes.
  std::uint64_t life_ = 1;
  bool has_power_ = true;
};

}  // namespace hq::testing
