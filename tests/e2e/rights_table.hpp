// Who may call what, method by method, as literals: the rights test holds every service against it.
// The test never asks the product for its rules, so a rule that changes there must be changed here.
#pragma once

#include <map>
#include <set>
#include <string>

namespace hq::testing {

// "package.Service/Method", and the roles that are let in; every other role is refused.
using RightsTable = std::map<std::string, std::set<std::string>>;

// Roles that come up more than once.
inline const std::set<std::string> kAdmin{"hq_admin"};
inline const std::set<std::string> kLedgerReaders{"hq_admin", "branch_owner", "service",
                                                  "auditor",  "accountant",   "on_call"};

// The services of the ledger's process.
inline const RightsTable& LedgerRights() {
  static const RightsTable table{
      {"hq.ledger.v1.DocumentService/ExportEntries", kLedgerReaders},
      // Narrower than the matrix, as the product decides.
      {"hq.ledger.v1.DocumentService/ImportEntries", kAdmin},
      {"hq.ledger.v1.LedgerService/Append", {"hq_admin", "llm", "worker", "service", "ci"}},
      {"hq.ledger.v1.LedgerService/AppendStream", {"hq_admin", "llm", "worker", "service", "ci"}},
      {"hq.ledger.v1.LedgerService/Explain", kLedgerReaders},
      {"hq.ledger.v1.LedgerService/Get", kLedgerReaders},
      {"hq.ledger.v1.LedgerService/GetBlob",
       {"hq_admin", "service", "auditor", "accountant", "on_call"}},
      {"hq.ledger.v1.LedgerService/Head", kLedgerReaders},
      // Narrower than the matrix, as the product decides: blobs come from services and admins.
      {"hq.ledger.v1.LedgerService/PutBlob", {"hq_admin", "service"}},
      {"hq.ledger.v1.LedgerService/Read", kLedgerReaders},
      {"hq.ledger.v1.LedgerService/ReadStream", kLedgerReaders},
      {"hq.ledger.v1.LedgerService/Subscribe", kLedgerReaders},
      {"hq.ledger.v1.OperationsService/BackUp", kAdmin},
      {"hq.ledger.v1.OperationsService/GetStatus",
       {"hq_admin", "service", "auditor", "accountant", "on_call"}},
      // Narrower than the matrix: witnesses are services.
      {"hq.ledger.v1.ProofService/Cosign", {"service"}},
      {"hq.ledger.v1.ProofService/GetCheckpoint", kLedgerReaders},
      {"hq.ledger.v1.ProofService/GetLogKey", kLedgerReaders},
      {"hq.ledger.v1.ProofService/GetWitnesses", kLedgerReaders},
      {"hq.ledger.v1.ProofService/PresentCheckpoint", {"service"}},
      {"hq.ledger.v1.ProofService/ProveConsistency", kLedgerReaders},
      {"hq.ledger.v1.ProofService/ProveInclusion", kLedgerReaders},
  };
  return table;
}

// Read and write follow the matrix (owner: registry, ledger, sync; LLM: registry, appends; worker:
// registry, appends, sync). What concerns the whole fleet is also closed to whoever is bound to one
// cell: the owner and the LLM.
inline RightsTable ExpectedRights() {
  const std::set<std::string> everybody{"hq_admin", "branch_owner", "llm",     "worker", "service",
                                        "auditor",  "accountant",   "on_call", "ci"};
  const std::set<std::string> registry_writers{"hq_admin", "service"};
  const std::set<std::string> policy_readers{"hq_admin", "service", "auditor", "on_call"};
  const std::set<std::string> sync_readers{"hq_admin", "branch_owner", "service", "auditor",
                                           "on_call"};
  const std::set<std::string> sync_writers{"hq_admin", "worker"};
  static const RightsTable others{
      {"hq.billing.v1.BillingService/ApplyFile", kAdmin},
      {"hq.billing.v1.BillingService/GetUsage",
       {"hq_admin", "branch_owner", "service", "auditor", "accountant"}},
      {"hq.decision.v1.DecisionService/ActivateKillSwitch", kAdmin},
      {"hq.decision.v1.DecisionService/ApplyFile", kAdmin},
      {"hq.decision.v1.DecisionService/Authorize", policy_readers},
      {"hq.decision.v1.DecisionService/GetPolicy", policy_readers},
      {"hq.decision.v1.DecisionService/ListCells", everybody},
      {"hq.decision.v1.DecisionService/LockCell", registry_writers},
      {"hq.decision.v1.DecisionService/ReleaseKillSwitch", kAdmin},
      {"hq.decision.v1.DecisionService/SetMaintenance", registry_writers},
      {"hq.decision.v1.DecisionService/UnlockCell", kAdmin},
      {"hq.notify.v1.NotifyService/ApplyFile", {"hq_admin", "on_call"}},
      {"hq.notify.v1.NotifyService/ListDeliveries",
       {"hq_admin", "branch_owner", "auditor", "on_call"}},
      {"hq.sync.v1.SyncService/ApplyFile", kAdmin},
      {"hq.sync.v1.SyncService/CreateRelease", sync_writers},
      {"hq.sync.v1.SyncService/GetRollout", sync_readers},
      {"hq.sync.v1.SyncService/ListRollouts", sync_readers},
      {"hq.sync.v1.SyncService/PlanRollout", sync_writers},
      {"hq.sync.v1.SyncService/ResumeRollout", sync_writers},
      {"hq.sync.v1.SyncService/RollBack", sync_writers},
      {"hq.sync.v1.SyncService/StartRollout", sync_writers},
      {"hq.sync.v1.SyncService/WatchRollout", sync_readers},
  };
  RightsTable table = others;
  table.insert(LedgerRights().begin(), LedgerRights().end());
  return table;
}

}  // namespace hq::testing
