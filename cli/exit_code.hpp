// The exit codes, which scripts rely on: documented in --help, never renumbered.
#pragma once

#include "common/base/result.hpp"

namespace hq::cli {

enum ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kNotFound = 3,
  kDenied = 4,
  kConflict = 5,
  kUnavailable = 6,
};

ExitCode ExitCodeOf(const Status& status);

}  // namespace hq::cli
