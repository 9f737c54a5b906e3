// A small file system of its own, in memory, to be filled. Needs root: a test that cannot have one
// fails, it does not skip.
#pragma once

#include <cstdint>
#include <string>

#include "tests/support/temp_dir.hpp"

namespace hq::testing {

class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t bytes);
  ~SmallDisk();

  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& path() const { return directory_.path(); }
  std::uint64_t FreeBytes() const;

  // Takes room until no more than that is free; what an earlier call took is given back first.
  void FillUntilFree(std::uint64_t bytes);
  // Takes all the room that others leave, to the last byte, and goes on from what was taken before.
  void Fill();
  void Empty();

 private:
  TempDir directory_;
};

}  // namespace hq::testing
