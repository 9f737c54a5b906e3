// A whole ledger inside the test's process: real RocksDB, a real gRPC server on a free port,
// tokens. Can be stopped and opened again on the same data.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/server.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/readiness.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/document_api.hpp"
#include "services/ledger/api/ledger_api.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// Those who call in tests; each one's token is "token-of-" and the principal.
const std::vector<rpc::Caller>& Callers();
rpc::Caller CallerNamed(const std::string& principal);
std::string TokenOf(const std::string& principal);

// The principals file's content.
std::string PrincipalsJson();

// How long calls may go on after Stop where a test sees that nothing waits for that: so long that
// even on a slow machine half of it is enough for all the rest.
constexpr std::chrono::seconds kLongGrace(60);

class TestLedger {
 public:
  explicit TestLedger(Clock& clock, ledger::StreamLimits stream_limits = {},
                      ledger::DocumentLimits document_limits = {},
                      std::chrono::seconds grace = rpc::Server::kGrace);
  ~TestLedger();

  // Opens what Stop left; on the same port.
  void Start();
  void Stop();
  // Stop and Start, in that epoch, as a restore to the very head would: no version of any stream
  // tells the two lives apart. What the ledger says of itself then is the test's to append.
  void BeginAgainIn(std::uint64_t epoch);

  ledger::RocksEventLog& log() { return *log_; }
  runtime::Metrics& metrics() { return metrics_; }
  // Its door's gate: what is found in it is told here, and forgotten when it is started again.
  ledger::Readiness& readiness() { return *readiness_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string data_dir() const { return directory_ / "data"; }

  // The port over gRPC, with that principal's token.
  std::unique_ptr<EventLog> ClientOf(const std::string& principal) const;

 private:
  Clock& clock_;
  const ledger::StreamLimits stream_limits_;
  const ledger::DocumentLimits document_limits_;
  const std::chrono::seconds grace_;
  const int port_;  // Nobody else's while it is stopped either.
  TempDir directory_;
  runtime::Metrics metrics_;
  std::unique_ptr<rpc::Principals> principals_;
  std::unique_ptr<ledger::RocksEventLog> log_;
  std::unique_ptr<ledger::Readiness> readiness_;
  std::unique_ptr<rpc::Door> door_;
  std::unique_ptr<ledger::LedgerApi> api_;
  std::unique_ptr<ledger::DocumentApi> documents_;
  std::unique_ptr<rpc::Server> server_;
  std::jthread server_thread_;
  std::jthread api_thread_;
  std::jthread documents_thread_;
};

}  // namespace hq::testing
