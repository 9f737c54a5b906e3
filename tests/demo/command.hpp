// Runs one program to its end and gives back what it said.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/child.hpp"

namespace hq::demo {

struct CommandOutcome {
  int exit_code = -1;
  std::string output;
  std::string errors;
};

// `folder` takes two short-lived files. kDeadlineExceeded if it does not end in time (it is killed
// then); kNotFound if there is no such program.
Result<CommandOutcome> RunCommand(const std::vector<std::string>& command,
                                  const runtime::Environment& environment,
                                  const std::filesystem::path& folder,
                                  std::chrono::milliseconds timeout);

}  // namespace hq::demo
