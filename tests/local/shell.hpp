// Runs a shell command and gives back its exit code and everything it wrote.
#pragma once

#include <string>

namespace hq::testing {

struct ShellResult {
  int exit_code = -1;
  std::string output;  // Standard output and error, without the last line's end.
};

ShellResult Shell(const std::string& command);

// The output of a command that must succeed; a failure fails the test.
std::string MustShell(const std::string& command);

}  // namespace hq::testing
