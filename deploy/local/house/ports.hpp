// The ports of one house: reserved, and written to files, so that a service that is started again
// is found where it was.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "common/base/result.hpp"
#include "common/runtime/reserved_port.hpp"

namespace hq::house {

// Not thread-safe.
class Ports {
 public:
  explicit Ports(std::filesystem::path directory);

  // The port of that name: the one it had before, if there was one and nobody has taken it since.
  // kUnavailable if there is no free one.
  Result<int> Of(const std::string& name);

 private:
  std::filesystem::path directory_;
  std::map<std::string, runtime::ReservedPort> ports_;
};

}  // namespace hq::house
