#include "services/sync/adapters/git_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace hq::sync {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::size_t kOutputBytesMax = std::size_t{4} << 20;
constexpr std::size_t kErrorBytesMax = std::size_t{64} << 10;

// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  Descriptor() = default;
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void Set(int number) { number_ = number; }
  int number() const { return number_; }
  void Close() {
    if (number_ >= 0) close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Status OpenPipe(Pipe& pipe) {
  std::array<int, 2> ends = {-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return absl::UnavailableError("git: no pipe");
  pipe.read.Set(ends[0]);
  pipe.write.Set(ends[1]);
  return absl::OkStatus();
}

std::vector<char*> PointersTo(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// timeout(1) stands between us and git, so that the deadline outlives us. TERM first: git then
// takes its lock files away.
std::vector<std::string> CommandLineOf(const GitRun& run) {
  const auto deadline_ms = std::max<std::int64_t>(run.deadline.count(), 1);
  std::string fraction = std::to_string(deadline_ms % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  std::vector<std::string> line = {"timeout", "--kill-after=2",
                                   std::to_string(deadline_ms / 1000) + "." + fraction, "git"};
  line.insert(line.end(), run.arguments.begin(), run.arguments.end());
  return line;
}

// A process group of its own, with the signal handling that a fresh program expects.
Result<pid_t> SpawnGit(const GitRun& run, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
  // What outlives us must not keep our ports and databases open.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigemptyset(&signals);
  posix_spawnattr_setsigmask(&attributes, &signals);
  sigaddset(&signals, SIGPIPE);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  const auto line = CommandLineOf(run);
  const auto argv = PointersTo(line);
  const auto environment = PointersTo(run.environment);
  pid_t process = 0;
  const int error =
      posix_spawnp(&process, argv[0], &actions, &attributes, argv.data(), environment.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::UnavailableError(std::string("git: ") + std::strerror(error));
  return process;
}

// Takes what is there to be read; closes at the end of the stream. What is too much is dropped, so
// that the writer never waits for us.
void Drain(Descriptor& from, std::string& into, std::size_t bytes_max) {
  std::array<char, 16384> buffer;
  const ssize_t size = read(from.number(), buffer.data(), buffer.size());
  if (size < 0 && errno == EINTR) return;
  if (size <= 0) return from.Close();
  const std::size_t room = bytes_max - std::min(bytes_max, into.size());
  into.append(buffer.data(), std::min(static_cast<std::size_t>(size), room));
}

// Reads both streams to their ends. False if time was up before.
bool ReadAll(Pipe& output, Pipe& errors, SteadyTime due, GitOutcome& outcome) {
  while (output.read.number() >= 0 || errors.read.number() >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        due - std::chrono::steady_clock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 2> ready = {pollfd{output.read.number(), POLLIN, 0},
                                   pollfd{errors.read.number(), POLLIN, 0}};
    if (poll(ready.data(), ready.size(), static_cast<int>(left.count())) <= 0) continue;
    if (ready[0].revents != 0) Drain(output.read, outcome.output, kOutputBytesMax);
    if (ready[1].revents != 0) Drain(errors.read, outcome.errors, kErrorBytesMax);
  }
  return true;
}

}  // namespace

Result<GitOutcome> RunGit(const GitRun& run) {
  constexpr int kTimeoutExit = 124;
  constexpr int kTimeoutKilledExit = 137;
  constexpr std::chrono::seconds kGrace(4);  // More than what timeout(1) needs to kill.
  Pipe output;
  Pipe errors;
  HQ_RETURN_IF_ERROR(OpenPipe(output));
  HQ_RETURN_IF_ERROR(OpenPipe(errors));
  const auto due = std::chrono::steady_clock::now() + run.deadline + kGrace;
  HQ_ASSIGN_OR_RETURN(const pid_t process,
                      SpawnGit(run, output.write.number(), errors.write.number()));
  output.write.Close();
  errors.write.Close();
  GitOutcome outcome;
  outcome.is_late = !ReadAll(output, errors, due, outcome);
  if (outcome.is_late) kill(-process, SIGKILL);
  int wait_status = 0;
  while (waitpid(process, &wait_status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(wait_status)) outcome.exit_code = WEXITSTATUS(wait_status);
  outcome.is_late = outcome.is_late || WIFSIGNALED(wait_status) ||
                    outcome.exit_code == kTimeoutExit || outcome.exit_code == kTimeoutKilledExit;
  return outcome;
}

}  // namespace hq::sync
