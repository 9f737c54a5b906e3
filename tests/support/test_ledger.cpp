#include "tests/support/test_ledger.hpp"

#include "common/base/ids.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/keys.hpp"
#include "tests/support/free_port.hpp"

namespace hq::testing {

const std::vector<rpc::Caller>& Callers() {
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

rpc::Caller CallerNamed(const std::string& principal) {
  for (const auto& caller : Callers())
    if (caller.principal == principal) return caller;
  HQ_CHECK(false, "a caller that tests know");
}

std::string TokenOf(const std::string& principal) { return "token-of-" + principal; }

std::string PrincipalsJson() {
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

TestLedger::TestLedger(Clock& clock, ledger::StreamLimits stream_limits,
                       ledger::DocumentLimits document_limits, std::chrono::seconds grace)
    : clock_(clock),
      stream_limits_(stream_limits),
      document_limits_(document_limits),
      grace_(grace),
      port_(FreePort()) {
  auto principals = rpc::Principals::Parse("principals.json", PrincipalsJson());
  HQ_CHECK(principals.ok(), principals.status().ToString().c_str());
  principals_ = std::make_unique<rpc::Principals>(*std::move(principals));
  Start();
}
TestLedger::~TestLedger() { Stop(); }

void TestLedger::Start() {
  auto log = ledger::RocksEventLog::Open(directory_ / "data", clock_, metrics_);
  HQ_CHECK(log.ok(), log.status().ToString().c_str());
  log_ = *std::move(log);
  readiness_ = std::make_unique<ledger::Readiness>();
  door_ = std::make_unique<rpc::Door>(*principals_, clock_, metrics_,
                                      [this] { return readiness_->Check(); });
  api_ = std::make_unique<ledger::LedgerApi>(*log_, *door_, metrics_, stream_limits_);
  documents_ = std::make_unique<ledger::DocumentApi>(*log_, directory_ / "spool", *door_, clock_,
                                                     metrics_, document_limits_);
  auto server = rpc::Server::Start(
      address(), {api_.get(), documents_.get()}, [] { return true; }, grace_);
  HQ_CHECK(server.ok(), server.status().ToString().c_str());
  server_ = *std::move(server);
  server_thread_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
  api_thread_ = std::jthread([this](std::stop_token stop) { api_->Run(stop); });
  documents_thread_ = std::jthread([this](std::stop_token stop) { documents_->Run(stop); });
}

void TestLedger::Stop() {
  documents_thread_ = {};  // ~jthread requests stop and joins.
  api_thread_ = {};
  server_thread_ = {};
  server_.reset();
  documents_.reset();
  api_.reset();
  door_.reset();
  readiness_.reset();
  log_.reset();
}

void TestLedger::BeginAgainIn(std::uint64_t epoch) {
  Stop();
  {
    const auto store = ledger::RocksStore::Open(data_dir() + "/log");
    HQ_CHECK(store.ok(), store.status().ToString().c_str());
    (*store)->PutSynced(ledger::RocksStore::Table::kMeta, "epoch", ledger::keys::Number(epoch));
  }
  Start();
}

std::unique_ptr<EventLog> TestLedger::ClientOf(const std::string& principal) const {
  return std::make_unique<ledger::LedgerClient>(address(), TokenOf(principal));
}

}  // namespace hq::testing
