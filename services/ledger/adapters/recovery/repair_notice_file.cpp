#include "services/ledger/adapters/recovery/repair_notice_file.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "common/runtime/durable_file.hpp"
#include "hq/ledger/v1/events.pb.h"

// Persisted.
//
//   recovery/notice := checksum event
//   checksum        := SHA-256 of the event, 32 bytes
//   event           := v1.LedgerEvent
//
// What it says stands on the ledger for ever, and most of it is text, in which a wrong byte would
// not be seen.

namespace hq::ledger {
namespace {

constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kNoticeBytesMax = 1024 * 1024;

// What an earlier repair did, or began, and the ledger has not recorded yet, is part of this one.
void AddEarlier(const v1::LedgerRepaired& earlier, const std::string& evidence,
                v1::LedgerRepaired& repaired) {
  const v1::LedgerRepaired now = repaired;
  const Position begin = now.stretches().empty() ? now.found_to() + 1 : now.stretches(0).first();
  repaired.clear_stretches();
  for (const auto& part : earlier.stretches()) {
    if (part.first() >= begin) break;
    auto& kept = *repaired.add_stretches() = part;
    kept.set_last(std::min(part.last(), begin - 1));
  }
  for (const auto& part : now.stretches()) *repaired.add_stretches() = part;
  repaired.set_cause(earlier.cause());
  repaired.set_detail(earlier.detail());
  const bool is_told = earlier.cause() == now.cause() ||
                       earlier.detail().find(now.cause() + ": ") != std::string::npos;
  if (!is_told)
    repaired.set_detail(earlier.detail() + "; then " + now.cause() + ": " + now.detail());
  repaired.set_found_to(std::min(earlier.found_to(), now.found_to()));
  repaired.set_evidence(evidence);
  repaired.set_unattended(earlier.unattended() && now.unattended());
}

}  // namespace

std::string RecoveryFolder(const std::string& data_dir) { return data_dir + "/recovery"; }

std::string RepairNoticeFile(const std::string& data_dir) {
  return RecoveryFolder(data_dir) + "/notice";
}

Result<std::string> ReadRepairNotice(const std::string& data_dir) {
  const std::string file = RepairNoticeFile(data_dir);
  HQ_ASSIGN_OR_RETURN(const std::string bytes, runtime::ReadWhole(file, kNoticeBytesMax));
  const std::size_t begin = std::min(bytes.size(), kChecksumBytes);
  std::string event = bytes.substr(begin);
  if (Sha256(event) != bytes.substr(0, begin))
    return absl::DataLossError(file + " is not what the repair wrote");
  return event;
}

Status StoreRepairNotice(const std::string& data_dir, const std::string& bytes) {
  return runtime::WriteDurably(RepairNoticeFile(data_dir), Sha256(bytes) + bytes);
}

Status WriteRepairNotice(const RecoveryReport& report, bool is_unattended,
                         const Result<std::string>& earlier) {
  v1::LedgerEvent event;
  auto& repaired = *event.mutable_ledger_repaired();
  repaired.set_cause(report.plan.cause);
  repaired.set_detail(report.plan.why);
  repaired.set_found_to(report.findings.store.end);
  repaired.set_repaired_to(report.attempt ? report.attempt->end : report.findings.store.end);
  repaired.set_signed_to(report.KnownGoodTo());
  if (report.attempt)
    for (const Attempt::Stretch& part : report.attempt->stretches) {
      auto* stretch = repaired.add_stretches();
      stretch->set_source(part.source);
      stretch->set_first(part.first);
      stretch->set_last(part.last);
    }
  repaired.set_evidence(report.folder);
  repaired.set_unattended(is_unattended);
  v1::LedgerEvent before;
  if (earlier.ok() && before.ParseFromString(*earlier) && before.has_ledger_repaired())
    AddEarlier(before.ledger_repaired(), RecoveryFolder(report.data_dir), repaired);
  return StoreRepairNotice(report.data_dir, event.SerializeAsString());
}

}  // namespace hq::ledger
