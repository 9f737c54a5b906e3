#include "tests/local/shell.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>

namespace hq::testing {

ShellResult Shell(const std::string& command) {
  ShellResult result;
  std::FILE* pipe = popen(("{ " + command + "\n} 2>&1").c_str(), "r");
  if (!pipe) return result;
  std::array<char, 4096> buffer;
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), size);
  const int wait_status = pclose(pipe);
  if (WIFEXITED(wait_status)) result.exit_code = WEXITSTATUS(wait_status);
  while (result.output.ends_with("\n")) result.output.pop_back();
  return result;
}

std::string MustShell(const std::string& command) {
  const ShellResult result = Shell(command);
  EXPECT_EQ(result.exit_code, 0) << command << "\n" << result.output;
  return result.output;
}

}  // namespace hq::testing
