#include "tests/support/small_disk.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "common/base/check.hpp"

namespace hq::testing {

SmallDisk::SmallDisk(std::uint64_t bytes) {
  const std::string size = "size=" + std::to_string(bytes);
  const bool is_mounted = mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0;
  HQ_CHECK(
      is_mounted,
      (std::string("a small disk can be mounted (needs root): ") + std::strerror(errno)).c_str());
}

SmallDisk::~SmallDisk() { umount2(path().c_str(), MNT_DETACH); }

std::uint64_t SmallDisk::FreeBytes() const {
  struct statvfs room {};
  HQ_CHECK(statvfs(path().c_str(), &room) == 0, "a mounted disk can be looked at");
  return static_cast<std::uint64_t>(room.f_bavail) * room.f_frsize;
}

void SmallDisk::FillUntilFree(std::uint64_t bytes) {
  Empty();
  const std::uint64_t free_bytes = FreeBytes();
  if (free_bytes <= bytes) return;
  const int file = open((path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  const bool is_filled =
      file >= 0 && posix_fallocate(file, 0, static_cast<off_t>(free_bytes - bytes)) == 0;
  if (file >= 0) close(file);
  HQ_CHECK(is_filled, "a small disk can be filled");
}

void SmallDisk::Fill() {
  const int file =
      open((path() + "/filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  HQ_CHECK(file >= 0, "a small disk can be filled");
  std::vector<char> block(64 * 1024);
  // Each time with less, until not even one byte goes in.
  for (std::size_t size = block.size(); size > 0;)
    if (write(file, block.data(), size) < 0) size /= 2;
  HQ_CHECK(errno == ENOSPC, "a small disk is full when it takes no byte more");
  close(file);
}

void SmallDisk::Empty() { unlink((path() + "/filler").c_str()); }

}  // namespace hq::testing
