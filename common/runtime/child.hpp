// One child process, with its output in a log file. It dies with the thread that started it, so
// start it from a thread that lives as long as it shall.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.hpp"

namespace hq::runtime {

using Environment = std::map<std::string, std::string>;

// This process's own.
Environment OwnEnvironment();

// Not thread-safe.
class Child {
 public:
  static constexpr int kSignalled = 128;  // And the signal's number: how a signal's victim ended.

  Child() = default;
  ~Child();  // SIGKILL, if it still runs.
  Child(Child&& other) noexcept { *this = std::move(other); }
  Child& operator=(Child&& other) noexcept;

  // `command[0]` is the program's path, or its name in one of Debian's folders; `environment` is
  // all that it gets. Output is appended to `log`, what it writes to standard error to `errors`, if
  // that is named. kNotFound if there is no such program.
  static Result<Child> Spawn(const std::vector<std::string>& command,
                             const Environment& environment, const std::filesystem::path& log,
                             const std::filesystem::path& errors = {});

  void Signal(int signal);

  // How it ended: its exit code, or kSignalled + the signal that ended it; nothing while it runs.
  std::optional<int> Ended();

  // Waits for its end. kDeadlineExceeded if it still runs then.
  Result<int> WaitFor(std::chrono::milliseconds timeout);

  // 0 if none was started.
  pid_t process() const { return process_; }

 private:
  pid_t process_ = 0;
  std::optional<int> ended_;
};

}  // namespace hq::runtime
