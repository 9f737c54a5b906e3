// The ports of one house: chosen free, below the range from which the kernel gives out its own, and
// written to files, so that a service that is started again is found where it was.
#pragma once

#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "common/base/result.hpp"

namespace hq::house {

// Not thread-safe.
class Ports {
 public:
  explicit Ports(std::filesystem::path directory);
  ~Ports();
  Ports(const Ports&) = delete;
  Ports& operator=(const Ports&) = delete;

  // The port of that name: the one it had before, if there was one and nobody has taken it since.
  // kUnavailable if there is no free one.
  Result<int> Of(const std::string& name);

 private:
  // Takes the number for this house: no other house on this machine gets it while this one lives.
  bool Reserve(const std::string& name, int port);

  std::filesystem::path directory_;
  std::mt19937 random_;
  std::map<std::string, int> ports_;
  std::map<std::string, int> reservations_;  // Sockets that only hold the number.
};

}  // namespace hq::house
