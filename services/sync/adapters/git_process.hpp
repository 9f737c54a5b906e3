// Runs the `git` program once, under a deadline that holds even if this process dies: a push that
// nobody waits for any more must not land minutes later. Secrets go in by the environment, never by
// an argument.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::sync {

struct GitRun {
  std::vector<std::string> arguments;    // What follows `git`.
  std::vector<std::string> environment;  // "NAME=value"; nothing else is inherited.
  std::chrono::milliseconds deadline{30'000};
};

struct GitOutcome {
  bool is_late = false;  // It was ended at the deadline.
  int exit_code = -1;
  std::string output;  // Standard output; at most 4 MiB is kept.
  std::string errors;  // Standard error; at most 64 KiB is kept.
};

// kUnavailable if it could not be started.
Result<GitOutcome> RunGit(const GitRun& run);

}  // namespace hq::sync
