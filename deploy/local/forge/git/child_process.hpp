// Runs one program with a deadline: input from a temporary file, output into one, so that neither
// side can block the other. Nothing of it survives the call: on a time-out its process group is
// killed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::forge::git {

struct ChildProcess {
  std::vector<std::string> argv;         // argv[0] is a path or found in PATH.
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited.
  std::string input;
  std::size_t output_max_bytes = std::size_t{256} << 20;
  std::chrono::milliseconds deadline{60'000};
};

// What the program wrote to its standard output. kDeadlineExceeded, kResourceExhausted if it wrote
// too much, kInternal if it could not start or ended with another code than 0.
Result<std::string> RunChild(const ChildProcess& child);

}  // namespace hq::forge::git
