#include "tests/support/ledger_process.hpp"

#include <signal.h>

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
  environment_ = runtime::OwnEnvironment();
  const runtime::Environment settings = {
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
  for (const auto& [name, value] : settings) environment_[name] = value;
}

void LedgerProcess::UseUnixSocket() {
  socket_ = directory_ / "ledger.sock";
  environment_["HQ_LISTEN"] = address();
}

void LedgerProcess::Start(const std::string& fault) {
  Launch(fault);
  constexpr std::chrono::seconds kPatience(60);  // A busy machine takes its time.
  HQ_CHECK(Eventually([this] { return IsUp() || WasKilled(); }, kPatience),
           ("hq-ledger starts: " + Log()).c_str());
}

void LedgerProcess::Launch(const std::string& fault) {
  std::vector<std::string> command = tracer_;
  command.push_back(bin_dir_ + "/hq-ledger");
  runtime::Environment environment = environment_;
  if (!fault.empty()) environment["HQ_FAULT"] = fault;
  auto child = runtime::Child::Spawn(command, environment, directory_ / "ledger.log");
  HQ_CHECK(child.ok(), child.status().ToString().c_str());
  child_ = *std::move(child);
}

bool LedgerProcess::IsUp() const {
  return socket_.empty() ? TakesConnections(port_) : TakesConnections(socket_);
}

bool LedgerProcess::HasEnded() { return child_.process() == 0 || child_.Ended().has_value(); }

bool LedgerProcess::WasKilled() { return child_.Ended() == runtime::Child::kSignalled + SIGKILL; }

int LedgerProcess::Stop() { return End(SIGTERM); }

void LedgerProcess::Kill() { End(SIGKILL); }

int LedgerProcess::End(int signal) {
  constexpr std::chrono::minutes kPatience(2);
  if (child_.process() == 0) return -1;
  child_.Signal(signal);
  const auto code = child_.WaitFor(kPatience);
  child_ = runtime::Child();
  return code.ok() && *code < runtime::Child::kSignalled ? *code : -1;
}

std::string LedgerProcess::Log() const {
  std::ifstream file(directory_ / "ledger.log");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace hq::testing
