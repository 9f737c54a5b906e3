// Where the services are and how hqctl calls them: with a token from the environment or a file,
// never from a flag, and under a deadline.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "hq/billing/v1/billing_service.grpc.pb.h"
#include "hq/decision/v1/decision_service.grpc.pb.h"
#include "hq/ledger/v1/document_service.grpc.pb.h"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "hq/ledger/v1/proof_service.grpc.pb.h"
#include "hq/notify/v1/notify_service.grpc.pb.h"
#include "hq/sync/v1/sync_service.grpc.pb.h"

namespace hq::cli {

class Services {
 public:
  // Reads HQ_TOKEN or the file HQ_TOKEN_FILE, and HQ_LEDGER, HQ_DECISION, HQ_SYNC, HQ_BILLING,
  // HQ_NOTIFY (host:port). Nothing is connected before the first call. kUnauthenticated without a
  // token.
  static Result<Services> FromEnvironment();

  ledger::v1::LedgerService::Stub& ledger() const { return *ledger_; }
  ledger::v1::DocumentService::Stub& documents() const { return *documents_; }
  ledger::v1::OperationsService::Stub& operations() const { return *operations_; }
  ledger::v1::ProofService::Stub& proofs() const { return *proofs_; }
  decision::v1::DecisionService::Stub& decision() const { return *decision_; }
  sync::v1::SyncService::Stub& sync() const { return *sync_; }
  billing::v1::BillingService::Stub& billing() const { return *billing_; }
  notify::v1::NotifyService::Stub& notify() const { return *notify_; }

  // The ledger read record by record, each with the very bytes that were hashed.
  std::unique_ptr<EventLog> LedgerLog() const;

  // Puts token, deadline and, if there is one, the command's id on a call.
  void Prepare(grpc::ClientContext& context, std::chrono::milliseconds timeout,
               const std::string& command_id) const;

 private:
  std::string token_;
  std::string ledger_address_;
  std::unique_ptr<ledger::v1::LedgerService::Stub> ledger_;
  std::unique_ptr<ledger::v1::DocumentService::Stub> documents_;
  std::unique_ptr<ledger::v1::OperationsService::Stub> operations_;
  std::unique_ptr<ledger::v1::ProofService::Stub> proofs_;
  std::unique_ptr<decision::v1::DecisionService::Stub> decision_;
  std::unique_ptr<sync::v1::SyncService::Stub> sync_;
  std::unique_ptr<billing::v1::BillingService::Stub> billing_;
  std::unique_ptr<notify::v1::NotifyService::Stub> notify_;
};

}  // namespace hq::cli
