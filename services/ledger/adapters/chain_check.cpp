#include "services/ledger/adapters/chain_check.hpp"

#include "services/ledger/core/keys.hpp"

namespace hq::ledger {

Status CheckTail(const RocksStore& store, const ChainHead& head, Position records_max) {
  const Position before = head.position > records_max ? head.position - records_max : 0;
  ChainHead walked;
  walked.log_id = head.log_id;
  walked.epoch = 0;
  const auto rows = store.Scan(RocksStore::Table::kLog);
  if (before == 0) {
    rows->SeekToFirst();
  } else {
    rows->Seek(keys::Number(before));
    if (!rows->Valid()) return absl::DataLossError("the log has a hole");
    HQ_ASSIGN_OR_RETURN(walked, HeadAfter({rows->value().data(), rows->value().size()}));
    rows->Next();
  }
  for (; rows->Valid(); rows->Next())
    HQ_RETURN_IF_ERROR(Follow(walked, {rows->value().data(), rows->value().size()}));
  if (!rows->status().ok()) return absl::DataLossError(rows->status().ToString());
  if (walked.position != head.position || (head.position > 0 && walked.hash != head.hash))
    return absl::DataLossError("the log does not end where its head says");
  return absl::OkStatus();
}

}  // namespace hq::ledger
