#include "tests/bench/ledger/ledger_system.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "common/http/client.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/bench/ledger/append_loop.hpp"
#include "tests/bench/ledger/read_loop.hpp"
#include "tests/bench/ledger/stream_loop.hpp"
#include "tests/bench/report/marks.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"

namespace hq::bench {
namespace {

constexpr auto kAnnounceWait = std::chrono::minutes(30);

std::string PrincipalsJson(const std::string& token) {
  return R"({"principals":[{"principal":"sync","role":"service","token_sha256":")" +
         Hex(Sha256(token)) + R"("}]})";
}

}  // namespace

LedgerSystem::~LedgerSystem() {
  if (process_) Resume();
}

std::string LedgerSystem::name() const {
  switch (way_) {
    case Way::kStreams:
      return std::string(kLedger);
    case Way::kUnary:
      return std::string(kLedger) + ", unary";
    case Way::kWithoutNats:
      return std::string(kLedger) + ", no NATS";
  }
  return "";
}

Status LedgerSystem::Reset() {
  acknowledged_ = 0;
  process_.reset();
  nats_.reset();
  nats::Login login;
  if (way_ != Way::kWithoutNats) {
    nats_ = std::make_unique<testing::NatsServer>();
    login = nats_->LedgerLogin();
  } else {
    login = {"nats://127.0.0.1:" + std::to_string(testing::FreePort()), "ledger", "nobody-asks"};
  }
  process_ = std::make_unique<testing::LedgerProcess>(bin_dir_, PrincipalsJson(token_), login);
  process_->UseUnixSocket();  // As its peers are spoken to.
  return Restart();
}

Status LedgerSystem::Restart() {
  process_->Start();
  return absl::OkStatus();
}

Status LedgerSystem::Kill() {
  process_->Kill();
  return absl::OkStatus();
}

Result<AppendResult> LedgerSystem::Append(const AppendLoad& load) {
  const LedgerTarget target{address(), token_, "sync_effect-run" + std::to_string(++runs_)};
  return way_ == Way::kUnary ? RunAppends(target, load, acknowledged_)
                             : RunAppendStreams(target, load, acknowledged_);
}

Result<double> LedgerSystem::CatchUp(std::uint64_t events) {
  return ReadFromTheBeginning(address(), token_, events);
}

Result<std::uint64_t> LedgerSystem::Stored() {
  const auto stub = ledger::v1::LedgerService::NewStub(rpc::Connect(address()));
  grpc::ClientContext context;
  rpc::Prepare(context, token_, std::chrono::seconds(60));
  context.set_wait_for_ready(true);
  ledger::v1::HeadResponse response;
  const auto status = stub->Head(&context, {}, &response);
  if (!status.ok()) return absl::UnavailableError("ledger: " + status.error_message());
  return response.head().position();
}

void LedgerSystem::SignalBoth(int signal) const {
  if (way_ == Way::kWithoutNats || process_->process() <= 0) return;
  kill(process_->process(), signal);
  kill(nats_->process(), signal);
}

Status LedgerSystem::WaitUntilAnnounced() const {
  if (way_ == Way::kWithoutNats) return absl::OkStatus();
  const auto is_announced = [this] {
    const auto position = Metric("hq_ledger_position");
    const auto announced = Metric("hq_ledger_announced_position");
    if (!position.ok()) return absl::IsNotFound(position.status());  // Nothing was appended.
    return announced.ok() && *announced >= *position;
  };
  if (testing::Eventually(is_announced, kAnnounceWait)) return absl::OkStatus();
  return absl::DeadlineExceededError("the ledger does not announce all: " + process_->Log());
}

Result<double> LedgerSystem::Metric(const std::string& name) const {
  http::Request request;
  request.url = process_->metrics_url();
  HQ_ASSIGN_OR_RETURN(const auto response, http::Client().Send(request));
  std::istringstream lines(response.body);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + " ")) return std::strtod(line.c_str() + name.size(), nullptr);
  return absl::NotFoundError("no metric " + name);
}

Result<double> LedgerSystem::MemoryMegabytes() const {
  std::ifstream status("/proc/" + std::to_string(process_->process()) + "/status");
  const std::string label = "VmRSS:";
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(label))
      return std::strtod(line.c_str() + label.size(), nullptr) * 1024 / 1e6;
  return absl::UnavailableError("the ledger does not run");
}

}  // namespace hq::bench
