// A directory that goes when the object goes.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "common/base/check.hpp"

namespace hq::testing {

class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "hq-test-XXXXXX").string();
    HQ_CHECK(mkdtemp(name.data()) != nullptr, "a temporary directory can be made");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;  // A leftover directory is no reason to fail a test.
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace hq::testing
