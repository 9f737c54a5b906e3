#include "deploy/local/forge/git/child_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace hq::forge::git {
namespace {

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using TemporaryFile = std::unique_ptr<std::FILE, CloseFile>;

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// A process group of its own, and the signal dispositions that a fresh program expects.
class SpawnAttributes {
 public:
  SpawnAttributes() {
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigset_t reset;
    sigemptyset(&none);
    sigemptyset(&reset);
    sigaddset(&reset, SIGPIPE);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &reset);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

Result<pid_t> Spawn(const ChildProcess& child, int input, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input, 0);
  posix_spawn_file_actions_adddup2(&actions, output, 1);
  // A child that outlives a killed forge must not keep the forge's port.
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  const SpawnAttributes attributes;
  const auto argv = Pointers(child.argv);
  const auto environment = Pointers(child.environment);
  pid_t process = 0;
  const int error =
      posix_spawnp(&process, argv[0], &actions, attributes.get(), argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return absl::InternalError(child.argv[0] + ": " + std::strerror(error));
  return process;
}

// Kills the group when the deadline passes. True if the process ended by itself.
bool WaitUntil(pid_t process, std::chrono::milliseconds deadline, int* wait_status) {
  const auto process_file = static_cast<int>(syscall(SYS_pidfd_open, process, 0));
  pollfd ended = {process_file, POLLIN, 0};
  const bool is_ended =
      process_file >= 0 && poll(&ended, 1, static_cast<int>(deadline.count())) == 1;
  if (process_file >= 0) close(process_file);
  if (!is_ended) kill(-process, SIGKILL);
  while (waitpid(process, wait_status, 0) < 0 && errno == EINTR) {
  }
  return is_ended;
}

Result<std::string> ReadAll(std::FILE* file, std::size_t limit_bytes) {
  struct stat information = {};
  if (fstat(fileno(file), &information) != 0) return absl::InternalError("cannot read the output");
  const auto size = static_cast<std::size_t>(information.st_size);
  if (size > limit_bytes) return absl::ResourceExhaustedError("the program wrote too much");
  std::string content(size, '\0');
  std::rewind(file);
  content.resize(std::fread(content.data(), 1, size, file));
  return content;
}

}  // namespace

Result<std::string> RunChild(const ChildProcess& child) {
  const TemporaryFile input(std::tmpfile());
  const TemporaryFile output(std::tmpfile());
  if (!input || !output) return absl::InternalError("no temporary file");
  for (std::FILE* file : {input.get(), output.get()}) fcntl(fileno(file), F_SETFD, FD_CLOEXEC);
  const std::size_t written = std::fwrite(child.input.data(), 1, child.input.size(), input.get());
  if (written != child.input.size() || std::fflush(input.get()) != 0)
    return absl::InternalError("cannot write the input");
  // The child shares the file's offset.
  lseek(fileno(input.get()), 0, SEEK_SET);

  HQ_ASSIGN_OR_RETURN(const pid_t process, Spawn(child, fileno(input.get()), fileno(output.get())));
  int wait_status = 0;
  if (!WaitUntil(process, child.deadline, &wait_status))
    return absl::DeadlineExceededError(child.argv[0] + " took too long");
  if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != 0)
    return absl::InternalError(child.argv[0] + " failed");
  return ReadAll(output.get(), child.output_max_bytes);
}

}  // namespace hq::forge::git
