// Reads the command line. The only file behind it includes CLI11.
#pragma once

#include <string>
#include <variant>

#include "cli/invocation.hpp"

namespace hq::cli {

// What is to be printed instead of doing anything.
struct Usage {
  bool is_error = false;  // To stderr, exit code 2; else to stdout, exit code 0.
  std::string text;
};

// `arguments` as main() got them.
std::variant<Invocation, Usage> ParseCommandLine(int count, const char* const* arguments);

}  // namespace hq::cli
