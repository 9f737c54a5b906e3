#include "services/ledger/core/recovery_plan.hpp"

#include <algorithm>

namespace hq::ledger {
namespace {

const FileFault* FirstIrreplaceable(const Findings& findings) {
  const auto it = std::find_if(findings.files.begin(), findings.files.end(),
                               [](const FileFault& fault) { return !fault.is_replaceable; });
  return it == findings.files.end() ? nullptr : &*it;
}

// Nothing is missing; perhaps a file beside the store is of no use.
RecoveryPlan PlanForWhole(const Findings& findings) {
  if (findings.files.empty()) return {Rung::kOpen, "", "the store has all that anybody knows of"};
  const std::string why = findings.files.front().path + ": " + findings.files.front().why;
  if (!findings.vouched.empty())
    return {Rung::kRepair, "CHECKPOINT_FILE_DAMAGED",
            why + "; the store has every record that is vouched for elsewhere"};
  return {Rung::kAudit, "CHECKPOINT_FILE_DAMAGED",
          why + "; nothing else that is signed says how far the ledger went"};
}

const SourceFinding* FirstSilent(const Findings& findings) {
  const auto it = std::find_if(findings.sources.begin(), findings.sources.end(),
                               [](const SourceFinding& source) { return !source.fault.empty(); });
  return it == findings.sources.end() ? nullptr : &*it;
}

std::string CauseOf(const Findings& findings) {
  if (findings.store.condition != StoreFinding::Condition::kSound) return findings.store.reason;
  return findings.store.repairing_to > 0 ? "REPAIR_UNFINISHED" : "STORE_BEHIND";
}

std::string WhatWasFound(const Findings& findings) {
  const StoreFinding& store = findings.store;
  if (store.condition != StoreFinding::Condition::kSound) return store.detail;
  const std::string end = "the store ends at position " + std::to_string(store.end);
  if (store.repairing_to > 0)
    return end + ", and a repair that was to bring back the records up to position " +
           std::to_string(store.repairing_to) + " was broken off";
  return end + ", and " + std::to_string(KnownEnd(findings)) + " is known elsewhere";
}

bool HasArchive(const Findings& findings) {
  return std::any_of(
      findings.sources.begin(), findings.sources.end(),
      [](const SourceFinding& source) { return source.name == "archive" && source.end > 0; });
}

}  // namespace

std::string NameOf(Rung rung) {
  switch (rung) {
    case Rung::kOpen:
      return "open";
    case Rung::kRepair:
      return "repair";
    case Rung::kRestore:
      return "restore";
    case Rung::kAudit:
      break;
  }
  return "audit";
}

Position VouchedTo(const Findings& findings) {
  Position size = 0;
  for (const VouchedHead& one : findings.vouched) size = std::max(size, one.head.size);
  return size;
}

Position KnownEnd(const Findings& findings) {
  Position end = VouchedTo(findings);
  for (const SourceFinding& source : findings.sources) end = std::max(end, source.end);
  return end;
}

bool NeedsRecords(const Findings& findings) {
  return findings.store.condition != StoreFinding::Condition::kSound ||
         findings.store.repairing_to > 0 || findings.store.end < KnownEnd(findings);
}

RecoveryPlan PlanRecovery(const Findings& findings, const Attempt* attempt) {
  if (!findings.other_ledger.empty())
    return {Rung::kAudit, "OTHER_LEDGER",
            "a witness has vouched for " + findings.other_ledger +
                ", and these data are another ledger's"};
  if (!findings.later_life.empty())
    return {Rung::kAudit, "LATER_LIFE",
            "these data were given up: " + findings.later_life.front().by + " is of epoch " +
                std::to_string(findings.later_life.front().epoch) +
                "; a ledger may be running on other data"};
  if (const FileFault* fault = FirstIrreplaceable(findings))
    return {Rung::kAudit, "FILE_IRREPLACEABLE", fault->path + ": " + fault->why};
  if (!NeedsRecords(findings)) return PlanForWhole(findings);
  const std::string cause = CauseOf(findings);
  const std::string found = WhatWasFound(findings);
  if (const SourceFinding* silent = FirstSilent(findings))
    return {Rung::kAudit, cause,
            found + "; whether that is all cannot be known while " + silent->name +
                " cannot be read: " + silent->fault};
  const bool is_proven = !findings.vouched.empty() && attempt && attempt->fits();
  if (is_proven) {
    const bool is_readable = findings.store.condition != StoreFinding::Condition::kBroken;
    if (attempt->end < findings.store.repairing_to)
      return {Rung::kRepair, cause,
              found + "; what it had found behind position " + std::to_string(attempt->end) +
                  " is not to be had any more"};
    return {Rung::kRepair, cause, found, is_readable && findings.files.empty()};
  }
  const std::string why_not = findings.vouched.empty() ? "no signed head says what it must be"
                              : attempt                ? attempt->why_not
                                                       : "nothing was tried";
  const Rung rung = HasArchive(findings) ? Rung::kRestore : Rung::kAudit;
  return {rung, cause, found + "; it cannot be repaired: " + why_not};
}

}  // namespace hq::ledger
