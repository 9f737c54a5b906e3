#include "services/ledger/adapters/chain_check.hpp"

#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

namespace {

Status BrokenLog(const std::string& what) {
  return Refusal(absl::StatusCode::kDataLoss, what, "CHAIN_BROKEN",
                 "Keep the files as they are, and run: hq-ledger repair");
}

}  // namespace

Status CheckTail(const RocksStore& store, const ChainHead& head, Position records_max) {
  ChainHead walked;
  walked.log_id = head.log_id;
  if (head.position > records_max) {
    HQ_ASSIGN_OR_RETURN(const auto before, store.TryRecordAt(head.position - records_max));
    HQ_ASSIGN_OR_RETURN(walked, HeadAfter(before));
  }
  while (walked.position < head.position) {
    HQ_ASSIGN_OR_RETURN(const auto row, store.RowOf(walked.position + 1));
    if (!row || row->first > walked.position + 1) return BrokenLog("the log has a hole");
    const Position before = walked.position;
    FrameWalker records(row->frames);
    for (Position position = row->first; const auto bytes = records.Next(); ++position)
      if (position > walked.position) HQ_RETURN_IF_ERROR(Follow(walked, *bytes));
    if (records.is_broken() || walked.position == before)
      return BrokenLog("a row of the log is broken");
  }
  if (walked.position != head.position || (head.position > 0 && walked.hash != head.hash))
    return BrokenLog("the log does not end where its head says");
  return absl::OkStatus();
}

}  // namespace hq::ledger
