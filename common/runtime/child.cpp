#include "common/runtime/child.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <thread>
#include <utility>

namespace hq::runtime {
namespace {

std::string PathOf(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  for (const char* folder : {"/usr/local/sbin/", "/usr/local/bin/", "/usr/sbin/", "/usr/bin/"})
    if (access((folder + program).c_str(), X_OK) == 0) return folder + program;
  return program;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// In the child, between vfork and exec, with the parent's memory: nothing here may allocate, lock
// or return.
[[noreturn]] void Become(char* const* arguments, char* const* environment, const char* log,
                         const char* errors, pid_t parent) {
  // A group of its own: Ctrl-C reaches the house alone, which then stops its services in order.
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(127);  // The parent died before that took effect.
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(*errors ? open(errors, O_WRONLY | O_CREAT | O_APPEND, 0600) : out, STDERR_FILENO);
  close_range(3, ~0U, 0);
  execve(arguments[0], arguments, environment);
  _exit(127);
}

}  // namespace

Environment OwnEnvironment() {
  Environment environment;
  for (char** variable = environ; *variable; ++variable) {
    const std::string_view text = *variable;
    const std::size_t end = text.find('=');
    if (end != text.npos) environment.emplace(text.substr(0, end), text.substr(end + 1));
  }
  return environment;
}

Child::~Child() {
  if (process_ == 0 || ended_) return;
  Signal(SIGKILL);
  waitpid(process_, nullptr, 0);
}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(ended_, other.ended_);
  return *this;
}

Result<Child> Child::Spawn(const std::vector<std::string>& command, const Environment& environment,
                           const std::filesystem::path& log, const std::filesystem::path& errors) {
  std::vector<std::string> arguments = command;
  arguments.front() = PathOf(command.front());
  if (access(arguments.front().c_str(), X_OK) != 0)
    return absl::NotFoundError("there is no program " + command.front());
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  const auto argument_pointers = Pointers(arguments);
  const auto variable_pointers = Pointers(variables);
  const std::string log_path = log.string();
  const std::string errors_path = errors.string();
  const pid_t parent = getpid();
  Child child;
  // Not fork, which copies the page tables of a large parent for each of the thousands of programs
  // that a test run starts, and leaves the child with every lock that another thread held, such as
  // an allocator's; not posix_spawn, which cannot tie the child's life to its parent's.
  child.process_ = vfork();
  if (child.process_ == 0)
    Become(argument_pointers.data(), variable_pointers.data(), log_path.c_str(),
           errors_path.c_str(), parent);
  if (child.process_ < 0) {
    child.process_ = 0;
    return absl::ResourceExhaustedError("no process can be started");
  }
  return child;
}

void Child::Signal(int signal) {
  if (process_ != 0 && !Ended()) kill(process_, signal);
}

std::optional<int> Child::Ended() {
  if (ended_ || process_ == 0) return ended_;
  int how = 0;
  if (waitpid(process_, &how, WNOHANG) != process_) return std::nullopt;
  ended_ = WIFEXITED(how) ? WEXITSTATUS(how) : kSignalled + WTERMSIG(how);
  return ended_;
}

Result<int> Child::WaitFor(std::chrono::milliseconds timeout) {
  constexpr std::chrono::milliseconds kPoll(2);
  const auto give_up_at = std::chrono::steady_clock::now() + timeout;
  while (!Ended()) {
    if (process_ == 0) return absl::FailedPreconditionError("it was never started");
    if (std::chrono::steady_clock::now() > give_up_at)
      return absl::DeadlineExceededError("it still runs");
    std::this_thread::sleep_for(kPoll);
  }
  return *ended_;
}

}  // namespace hq::runtime
