// A peer's server as a child process, with a directory of its own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/child.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::bench {

// Call it from a thread that outlives it, which the process ends with.
class Server {
 public:
  explicit Server(std::string name) : name_(std::move(name)) {}

  // Starts `command`, whose first word is looked for where Debian puts programs, and waits until
  // `is_ready`. kNotFound, kUnavailable with the end of its log.
  Status Start(std::vector<std::string> command, const std::function<bool()>& is_ready);
  // Sends the signal and waits for the end.
  Status End(int signal);

  const testing::TempDir& directory() const { return directory_; }
  // What it has logged; its last lines.
  std::string Log() const;

 private:
  const std::string name_;
  testing::TempDir directory_;
  runtime::Child child_;
};

// The program's path. kNotFound.
Result<std::string> PathOf(const std::string& program);

// Runs a command to its end, with its output in `log`. kInternal unless its exit code is 0.
Status RunToEnd(std::vector<std::string> command, const std::string& log);

// The words by which a command is run as an unprivileged user and dies with us; none where we are
// unprivileged ourselves. PostgreSQL does not run as root.
std::vector<std::string> AsUser(const std::string& user);

}  // namespace hq::bench
