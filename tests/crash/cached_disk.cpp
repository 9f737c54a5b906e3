#include "tests/crash/cached_disk.hpp"

#include <sys/mman.h>

#include <cstring>

#include "common/base/check.hpp"

namespace hq::testing {
namespace {

constexpr std::size_t kSectorBytes = 512;  // What a disk writes whole or not at all.

char* Zeros(std::uint64_t bytes) {
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  HQ_CHECK(memory != MAP_FAILED, "there is memory for a disk");
  return static_cast<char*>(memory);
}

}  // namespace

CachedDisk::CachedDisk(std::uint64_t bytes)
    : bytes_(bytes), seen_(Zeros(bytes)), medium_(Zeros(bytes)) {}

CachedDisk::~CachedDisk() {
  munmap(seen_, bytes_);
  munmap(medium_, bytes_);
}

std::uint64_t CachedDisk::life() const {
  const std::lock_guard lock(mutex_);
  return life_;
}

// The mutex is held.
bool CachedDisk::Takes(std::uint64_t life, std::uint64_t offset, std::size_t size) const {
  return has_power_ && life == life_ && size <= bytes_ && offset <= bytes_ - size;
}

bool CachedDisk::Read(std::uint64_t life, std::uint64_t offset, char* into,
                      std::size_t size) const {
  const std::lock_guard lock(mutex_);
  if (!Takes(life, offset, size)) return false;
  std::memcpy(into, seen_ + offset, size);
  return true;
}

bool CachedDisk::Write(std::uint64_t life, std::uint64_t offset, const char* from,
                       std::size_t size) {
  const std::lock_guard lock(mutex_);
  if (!Takes(life, offset, size)) return false;
  std::memcpy(seen_ + offset, from, size);
  cache_.push_back({offset, std::string(from, size)});
  return true;
}

bool CachedDisk::Flush(std::uint64_t life) {
  const std::lock_guard lock(mutex_);
  if (!Takes(life, 0, 0)) return false;
  for (const Cached& one : cache_)
    std::memcpy(medium_ + one.offset, one.bytes.data(), one.bytes.size());
  cache_.clear();
  return true;
}

// How much is kept is drawn first, so that images with nothing of the cache, with all of it and
// with any part of it come about.
void CachedDisk::CutPower(std::mt19937_64& random) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t kept_percent =
      std::uniform_int_distribution<std::uint64_t>(0, 4)(random) * 25;
  std::uniform_int_distribution<std::uint64_t> percent(0, 99);
  for (const Cached& one : cache_) {
    std::size_t size = percent(random) < kept_percent ? one.bytes.size() : 0;
    const bool is_torn = percent(random) < 10;
    if (is_torn) {
      const std::size_t sectors = one.bytes.size() / kSectorBytes;
      size = std::uniform_int_distribution<std::size_t>(0, sectors)(random) * kSectorBytes;
    }
    std::memcpy(medium_ + one.offset, one.bytes.data(), size);
  }
  for (const Cached& one : cache_)
    std::memcpy(seen_ + one.offset, medium_ + one.offset, one.bytes.size());
  cache_.clear();
  has_power_ = false;
}

void CachedDisk::RestorePower() {
  const std::lock_guard lock(mutex_);
  has_power_ = true;
  ++life_;
}

}  // namespace hq::testing
