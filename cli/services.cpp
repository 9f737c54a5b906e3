#include "cli/services.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "common/grpc/channel.hpp"
#include "common/ledger_client/ledger_client.hpp"

namespace hq::cli {
namespace {

std::string Variable(const char* name, const std::string& fallback = "") {
  const char* value = std::getenv(name);
  return value && *value ? value : fallback;
}

Result<std::string> ReadToken() {
  const std::string token = Variable("HQ_TOKEN");
  if (!token.empty()) return token;
  const std::string path = Variable("HQ_TOKEN_FILE");
  if (path.empty())
    return Refusal(absl::StatusCode::kUnauthenticated, "there is no token to call with", "NO_TOKEN",
                   "Put it into the environment variable HQ_TOKEN, or into a file named by "
                   "HQ_TOKEN_FILE.");
  std::ifstream file(path, std::ios::binary);
  std::string content(std::istreambuf_iterator<char>(file), {});
  content.resize(content.find_last_not_of(" \t\r\n") + 1);
  if (!file || content.empty())
    return Refusal(absl::StatusCode::kUnauthenticated,
                   "the file named by HQ_TOKEN_FILE holds no token: " + path, "NO_TOKEN",
                   "Check that the file exists, may be read, and holds the token alone.");
  return content;
}

}  // namespace

Result<Services> Services::FromEnvironment() {
  Services services;
  HQ_ASSIGN_OR_RETURN(services.token_, ReadToken());
  const auto channel = [](const char* name, const char* fallback) {
    return rpc::Connect(Variable(name, fallback));
  };
  services.ledger_address_ = Variable("HQ_LEDGER", "127.0.0.1:7301");
  const auto to_ledger = rpc::Connect(services.ledger_address_);
  services.ledger_ = hq::ledger::v1::LedgerService::NewStub(to_ledger);
  services.documents_ = hq::ledger::v1::DocumentService::NewStub(to_ledger);
  services.operations_ = hq::ledger::v1::OperationsService::NewStub(to_ledger);
  services.proofs_ = hq::ledger::v1::ProofService::NewStub(to_ledger);
  services.decision_ =
      hq::decision::v1::DecisionService::NewStub(channel("HQ_DECISION", "127.0.0.1:7302"));
  services.sync_ = hq::sync::v1::SyncService::NewStub(channel("HQ_SYNC", "127.0.0.1:7303"));
  services.billing_ =
      hq::billing::v1::BillingService::NewStub(channel("HQ_BILLING", "127.0.0.1:7304"));
  services.notify_ = hq::notify::v1::NotifyService::NewStub(channel("HQ_NOTIFY", "127.0.0.1:7305"));
  return services;
}

std::unique_ptr<EventLog> Services::LedgerLog() const {
  return std::make_unique<ledger::LedgerClient>(ledger_address_, token_);
}

void Services::Prepare(grpc::ClientContext& context, std::chrono::milliseconds timeout,
                       const std::string& command_id) const {
  rpc::Prepare(context, token_, timeout);
  if (!command_id.empty()) context.AddMetadata("hq-command-id", command_id);
}

}  // namespace hq::cli
