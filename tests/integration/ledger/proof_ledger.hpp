// A whole ledger with proofs inside the test's process: real RocksDB, a real gRPC server, the
// checkpointer running. Its store and its files can be put aside and brought back, as somebody
// would who restores an old backup and says nothing.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/grpc/channel.hpp"
#include "common/witness/witness.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/api/proof_api.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

class ProofLedger {
 public:
  using Stub = ledger::v1::ProofService::Stub;

  explicit ProofLedger(Clock& clock) : clock_(clock) {
    auto principals = rpc::Principals::Parse("principals.json", PrincipalsJson());
    HQ_CHECK(principals.ok(), principals.status().ToString().c_str());
    principals_ = std::make_unique<rpc::Principals>(*std::move(principals));
    settings_.data_dir = directory_ / "files";
    settings_.signer.key_file = directory_ / "signing.key";
    settings_.signer.public_file = directory_ / "signing.pub";
    settings_.witness_patience = std::chrono::minutes(10);
    settings_.times = {.between_signatures = std::chrono::milliseconds(1),
                       .between_offers = std::chrono::milliseconds(1),
                       .kept_after = std::chrono::milliseconds(10),
                       .between_keeps = std::chrono::milliseconds(1),
                       .kept_after_records = 1};
  }
  ~ProofLedger() { Stop(); }

  // To be changed before Start.
  ledger::TransparencySettings& settings() { return settings_; }

  // On the port that it had. What Open refuses is returned.
  Status Start() {
    HQ_ASSIGN_OR_RETURN(log_, ledger::RocksEventLog::Open(store(), clock_, metrics_));
    readiness_ = std::make_unique<ledger::Readiness>();
    HQ_ASSIGN_OR_RETURN(transparency_,
                        ledger::Transparency::Open(settings_, *readiness_, ledger::TreeOf(*log_),
                                                   log_->As(CallerNamed("ledger")), metrics_));
    door_ = std::make_unique<rpc::Door>(*principals_, clock_, metrics_,
                                        [this] { return transparency_->CheckServing(); });
    open_door_ = std::make_unique<rpc::Door>(*principals_, clock_, metrics_);
    api_ = std::make_unique<ledger::LedgerApi>(*log_, *door_, metrics_);
    proof_api_ = std::make_unique<ledger::ProofApi>(*transparency_, *open_door_, *log_);
    HQ_ASSIGN_OR_RETURN(server_, rpc::Server::Start(address(), {api_.get(), proof_api_.get()},
                                                    [] { return true; }));
    signing_ =
        std::jthread([this](std::stop_token stop) { transparency_->checkpointer().Run(stop); });
    serving_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    pumping_ = std::jthread([this](std::stop_token stop) { api_->Run(stop); });
    stub_ = ledger::v1::ProofService::NewStub(rpc::Connect(address()));
    return absl::OkStatus();
  }

  void Stop() {
    pumping_ = {};  // ~jthread requests stop and joins.
    serving_ = {};
    signing_ = {};
    stub_.reset();
    server_.reset();
    proof_api_.reset();
    api_.reset();
    open_door_.reset();
    door_.reset();
    transparency_.reset();
    readiness_.reset();
    log_.reset();
  }

  // While it is stopped: the store alone, or with the files that lie beside it.
  void PutAside(const std::string& name) const {
    std::filesystem::copy(store(), directory_ / (name + "-store"), kDeep);
    std::filesystem::copy(settings_.data_dir, directory_ / (name + "-files"), kDeep);
  }
  void BringBackStore(const std::string& name) const {
    std::filesystem::remove_all(store());
    std::filesystem::copy(directory_ / (name + "-store"), store(), kDeep);
  }
  void BringBackAll(const std::string& name) const {
    BringBackStore(name);
    std::filesystem::remove_all(settings_.data_dir);
    std::filesystem::copy(directory_ / (name + "-files"), settings_.data_dir, kDeep);
  }

  // Appends so many entries of that cell, one by one, and returns the last position.
  Position Append(int count, const std::string& cell = "koosy",
                  const std::string& event = "page_seen") {
    for (int i = 0; i < count; ++i) {
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-" + cell);
      append->add_events()->set_branch(cell);
      append->mutable_events(0)->set_event(event);
      const auto response = log_->As(CallerNamed("ann"))->Append(request);
      HQ_CHECK(response.ok(), response.status().ToString().c_str());
    }
    return log_->Head().head().position();
  }

  template <class Request, class Response>
  Status Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
              const Request& request, Response& response,
              const std::string& principal = "audrey") const {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf(principal), std::chrono::seconds(20));
    return rpc::FromGrpc((*stub_.*method)(&context, request, &response));
  }

  // A witness of that service; its memory and key are kept from one to the next.
  Result<std::unique_ptr<ledger::Witness>> WitnessOf(const std::string& service,
                                                     runtime::Metrics& metrics) {
    ledger::WitnessSettings settings;
    settings.name = service;
    settings.directory = directory_ / ("witness-" + service);
    settings.key_file = settings.directory + "/key";
    return ledger::Witness::Open(settings, address(), TokenOf(service), clock_, metrics);
  }

  // From its next start on: it listens to these witnesses.
  void ListenTo(const std::vector<std::string>& services, runtime::Metrics& metrics) {
    settings_.witness_keys_file = directory_ / "witnesses.keys";
    std::ofstream file(settings_.witness_keys_file);
    for (const std::string& service : services) {
      const auto witness = WitnessOf(service, metrics);
      HQ_CHECK(witness.ok(), witness.status().ToString().c_str());
      file << (*witness)->public_key().Format() << "\n";
    }
  }

  // From its next start on: all that it keeps lies in one directory, as the process has it, so that
  // all of it goes back together.
  void KeepAllInOneDirectory() {
    settings_.data_dir = store();
    settings_.signer.public_file = store() + "/signing.pub";
  }

  ledger::RocksEventLog& log() { return *log_; }
  ledger::Transparency& transparency() { return *transparency_; }
  // What is found in it is told here; forgotten when it is started again.
  ledger::Readiness& readiness() { return *readiness_; }
  TempDir& directory() { return directory_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string store() const { return directory_ / "store"; }
  std::string Metrics() const { return metrics_.Text(); }

 private:
  static constexpr auto kDeep = std::filesystem::copy_options::recursive;

  Clock& clock_;
  const int port_ = FreePort();  // Nobody else's while it is stopped either.
  TempDir directory_;
  ledger::TransparencySettings settings_;
  runtime::Metrics metrics_;
  std::unique_ptr<rpc::Principals> principals_;
  std::unique_ptr<ledger::RocksEventLog> log_;
  std::unique_ptr<ledger::Readiness> readiness_;
  std::unique_ptr<ledger::Transparency> transparency_;
  std::unique_ptr<rpc::Door> door_;
  std::unique_ptr<rpc::Door> open_door_;
  std::unique_ptr<ledger::LedgerApi> api_;
  std::unique_ptr<ledger::ProofApi> proof_api_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<Stub> stub_;
  std::jthread signing_;
  std::jthread serving_;
  std::jthread pumping_;
};

}  // namespace hq::testing
