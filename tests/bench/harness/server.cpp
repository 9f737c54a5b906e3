#include "tests/bench/harness/server.hpp"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <iterator>

#include "tests/support/eventually.hpp"

namespace hq::bench {
namespace {

constexpr std::size_t kLogTailBytes = 2'000;

std::string TailOf(const std::string& path) {
  std::ifstream file(path);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.substr(text.size() - std::min(text.size(), kLogTailBytes));
}

Result<runtime::Child> Spawn(std::vector<std::string> command, const std::string& log) {
  HQ_ASSIGN_OR_RETURN(command.front(), PathOf(command.front()));
  const runtime::Environment environment = {{"PATH", "/usr/bin:/bin:/usr/sbin:/sbin"},
                                            {"LC_ALL", "C"}};
  return runtime::Child::Spawn(command, environment, log);
}

}  // namespace

Result<std::string> PathOf(const std::string& program) {
  if (program.starts_with("/")) return program;
  for (const char* folder : {"/usr/bin/", "/usr/sbin/", "/usr/lib/postgresql/15/bin/"})
    if (access((folder + program).c_str(), X_OK) == 0) return folder + program;
  return absl::NotFoundError("there is no " + program + "; ./dev bench installs it");
}

Status RunToEnd(std::vector<std::string> command, const std::string& log) {
  const std::string what = command.front();
  HQ_ASSIGN_OR_RETURN(auto child, Spawn(std::move(command), log));
  HQ_ASSIGN_OR_RETURN(const int code, child.WaitFor(std::chrono::minutes(2)));
  if (code == 0) return absl::OkStatus();
  return absl::InternalError(what + " ended with " + std::to_string(code) + ": " + TailOf(log));
}

std::vector<std::string> AsUser(const std::string& user) {
  if (geteuid() != 0) return {};
  return {"setpriv",       "--reuid",     user,   "--regid", user,
          "--init-groups", "--pdeathsig", "KILL", "--"};
}

Status Server::Start(std::vector<std::string> command, const std::function<bool()>& is_ready) {
  HQ_ASSIGN_OR_RETURN(child_, Spawn(std::move(command), directory_ / "log"));
  const bool is_up =
      testing::Eventually([&] { return child_.Ended() || is_ready(); }, std::chrono::minutes(5));
  if (is_up && !child_.Ended()) return absl::OkStatus();
  return absl::UnavailableError(name_ + " does not start: " + Log());
}

Status Server::End(int signal) {
  child_.Signal(signal);
  return child_.WaitFor(std::chrono::minutes(2)).status();
}

std::string Server::Log() const { return TailOf(directory_ / "log"); }

}  // namespace hq::bench
