// A private key in a file of its own, made from a seed that the test names; only for tests.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <string>

#include "common/base/check.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// Writes the bytes to `name` in the directory, readable for its owner alone, and returns its path.
inline std::string KeyFile(const TempDir& directory, const std::string& name,
                           const std::string& bytes, mode_t rights = 0600) {
  const std::string path = directory / name;
  std::ofstream(path, std::ios::binary) << bytes;
  HQ_CHECK(chmod(path.c_str(), rights) == 0, "a file can be made private");
  return path;
}

}  // namespace hq::testing
