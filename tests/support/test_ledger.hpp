// A whole ledger inside the test's process: real RocksDB, a real gRPC server on a free port,
// tokens. Can be stopped and opened again on the same data.
#pragma once

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/server.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/document_api.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// Those who call in tests; each one's token is "token-of-" and the principal.
inline const std::vector<rpc::Caller>& Callers() {
  static const auto* callers = new std::vector<rpc::Caller>{
      {"ledger", "service", {}},
      {"decision", "service", {}},
      {"sync", "service", {}},
      {"billing", "service", {}},
      {"notify", "service", {}},
      {"ann", "hq_admin", {}},
      {"owner-koosy", "branch_owner", {"koosy"}},
      {"owner-both", "branch_owner", {"koosy", "papafly"}},
      {"llm-koosy", "llm", {"koosy"}},
      {"worker-koosy", "worker", {"koosy"}},
      {"audrey", "auditor", {}},
      {"ci", "ci", {}},
  };
  return *callers;
}

inline rpc::Caller CallerNamed(const std::string& principal) {
  for (const auto& caller : Callers())
    if (caller.principal == principal) return caller;
  HQ_CHECK(false, "a caller that tests know");
}

inline std::string TokenOf(const std::string& principal) { return "token-of-" + principal; }

// The principals file's content.
inline std::string PrincipalsJson() {
  std::string json;
  for (const auto& caller : Callers()) {
    std::string cells = caller.role == "ci" ? "\"*\"" : "";  // The whole fleet, said aloud.
    for (const auto& cell : caller.cells) cells += (cells.empty() ? "\"" : ",\"") + cell + "\"";
    json += (json.empty() ? "" : ",") + std::string(R"({"principal":")") + caller.principal +
            R"(","role":")" + caller.role + R"(","cells":[)" + cells + R"(],"token_sha256":")" +
            Hex(Sha256(TokenOf(caller.principal))) + R"("})";
  }
  return R"({"principals":[)" + json + "]}";
}

class TestLedger {
 public:
  explicit TestLedger(Clock& clock, ledger::StreamTimes times = {},
                      ledger::DocumentLimits document_limits = {})
      : clock_(clock), times_(times), document_limits_(document_limits) {
    auto principals = rpc::Principals::Parse("principals.json", PrincipalsJson());
    HQ_CHECK(principals.ok(), principals.status().ToString().c_str());
    principals_ = std::make_unique<rpc::Principals>(*std::move(principals));
    Start();
  }
  ~TestLedger() { Stop(); }

  // Opens what Stop left; on the same port.
  void Start() {
    auto log = ledger::RocksEventLog::Open(directory_ / "data", clock_, metrics_);
    HQ_CHECK(log.ok(), log.status().ToString().c_str());
    log_ = *std::move(log);
    door_ = std::make_unique<rpc::Door>(*principals_, clock_, metrics_);
    api_ = std::make_unique<ledger::LedgerApi>(*log_, *door_, metrics_, times_);
    documents_ = std::make_unique<ledger::DocumentApi>(*log_, directory_ / "spool", *door_, clock_,
                                                       metrics_, document_limits_);
    auto server = rpc::Server::Start("127.0.0.1:" + std::to_string(port_),
                                     {api_.get(), documents_.get()}, [] { return true; });
    HQ_CHECK(server.ok(), server.status().ToString().c_str());
    server_ = *std::move(server);
    port_ = server_->port();
    server_thread_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    api_thread_ = std::jthread([this](std::stop_token stop) { api_->Run(stop); });
    documents_thread_ = std::jthread([this](std::stop_token stop) { documents_->Run(stop); });
  }

  void Stop() {
    documents_thread_ = {};  // ~jthread requests stop and joins.
    api_thread_ = {};
    server_thread_ = {};
    server_.reset();
    documents_.reset();
    api_.reset();
    door_.reset();
    log_.reset();
  }

  ledger::RocksEventLog& log() { return *log_; }
  runtime::Metrics& metrics() { return metrics_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string data_dir() const { return directory_ / "data"; }

  // The port over gRPC, with that principal's token.
  std::unique_ptr<EventLog> ClientOf(const std::string& principal) const {
    return std::make_unique<ledger::LedgerClient>(address(), TokenOf(principal));
  }

 private:
  Clock& clock_;
  const ledger::StreamTimes times_;
  const ledger::DocumentLimits document_limits_;
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<rpc::Principals> principals_;
  std::unique_ptr<ledger::RocksEventLog> log_;
  std::unique_ptr<rpc::Door> door_;
  std::unique_ptr<ledger::LedgerApi> api_;
  std::unique_ptr<ledger::DocumentApi> documents_;
  std::unique_ptr<rpc::Server> server_;
  std::jthread server_thread_;
  std::jthread api_thread_;
  std::jthread documents_thread_;
  int port_ = 0;
};

}  // namespace hq::testing
