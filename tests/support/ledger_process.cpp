#include "tests/support/ledger_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "common/base/check.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"

namespace hq::testing {

LedgerProcess::LedgerProcess(std::string bin_dir, const std::string& principals_json,
                             const nats::Login& nats_login)
    : bin_dir_(std::move(bin_dir)), port_(FreePort()), metrics_port_(FreePort()) {
  std::ofstream(directory_ / "principals.json") << principals_json;
  std::ofstream(directory_ / "nats-password") << nats_login.password << "\n";
  environment_ = {
      {"HQ_LISTEN", address()},
      {"HQ_METRICS_LISTEN", "127.0.0.1:" + std::to_string(metrics_port_)},
      {"HQ_DATA_DIR", directory_ / "data"},
      {"HQ_PRINCIPALS_FILE", directory_ / "principals.json"},
      {"HQ_DISK_RESERVE_BYTES", "1048576"},
      {"HQ_BALLAST_BYTES", "0"},
      {"HQ_NATS_URL", nats_login.url},
      {"HQ_NATS_USER", nats_login.user},
      {"HQ_NATS_PASSWORD_FILE", directory_ / "nats-password"},
  };
}

void LedgerProcess::UseUnixSocket() {
  socket_ = directory_ / "ledger.sock";
  environment_["HQ_LISTEN"] = address();
}

LedgerProcess::~LedgerProcess() { Kill(); }

void LedgerProcess::Start(const std::string& fault) {
  Launch(fault);
  constexpr std::chrono::seconds kPatience(60);  // A busy machine takes its time.
  HQ_CHECK(Eventually([this] { return IsUp() || WasKilled(); }, kPatience),
           ("hq-ledger starts: " + Log()).c_str());
}

void LedgerProcess::Launch(const std::string& fault) {
  const std::string log = directory_ / "ledger.log";
  std::vector<std::string> words = tracer_;
  words.push_back(bin_dir_ + "/hq-ledger");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  process_ = fork();
  HQ_CHECK(process_ >= 0, "a process can be started");
  if (process_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    for (const auto& [name, value] : environment_) setenv(name.c_str(), value.c_str(), 1);
    if (!fault.empty()) setenv("HQ_FAULT", fault.c_str(), 1);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
}

bool LedgerProcess::IsUp() const {
  return socket_.empty() ? TakesConnections(port_) : TakesConnections(socket_);
}

bool LedgerProcess::HasEnded() {
  siginfo_t info{};
  if (process_ <= 0) return true;
  return waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == process_;
}

bool LedgerProcess::WasKilled() {
  siginfo_t info{};
  const bool has_ended =
      process_ > 0 &&
      waitid(P_PID, static_cast<id_t>(process_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
      info.si_pid == process_;
  return has_ended && info.si_code == CLD_KILLED && info.si_status == SIGKILL;
}

int LedgerProcess::Stop() {
  kill(process_, SIGTERM);
  return Wait();
}

void LedgerProcess::Kill() {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  Wait();
}

int LedgerProcess::Wait() {
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string LedgerProcess::Log() const {
  std::ifstream file(directory_ / "ledger.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace hq::testing
