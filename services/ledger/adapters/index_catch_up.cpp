#include "services/ledger/adapters/index_catch_up.hpp"

#include "services/ledger/core/receipt_row.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kThenRepair = "Run: hq-ledger repair";
constexpr std::size_t kStretchRecords = 128 * 1024;

}  // namespace

// An index that is ahead of the log, or of another history, is of no use.
bool IndexCatchUp::Fits(const IndexMark& mark, const ChainHead& head) const {
  if (mark.log_id != head.log_id || mark.position > head.position) return false;
  if (mark.position == 0) return true;
  const auto record = store_.TryRecordAt(mark.position);
  return record.ok() && LeafHash(*record) == mark.hash;
}

Status IndexCatchUp::Run(const ChainHead& head) {
  ChainHead walked;
  walked.log_id = head.log_id;
  auto mark = index_.disk_->Mark();
  if (!mark || !Fits(*mark, head) || !RestoreTree(*mark).ok()) {
    HQ_RETURN_IF_ERROR(index_.disk_->Clear());
    mark = IndexMark{};
    index_.tree_ = {};
  }
  if (mark->position > 0) {
    HQ_ASSIGN_OR_RETURN(const auto record, store_.TryRecordAt(mark->position));
    HQ_ASSIGN_OR_RETURN(walked, HeadAfter(record));
  }
  while (walked.position < head.position) {
    HQ_ASSIGN_OR_RETURN(const auto row, store_.RowOf(walked.position + 1));
    if (!row || row->first > walked.position + 1)
      return Refusal(absl::StatusCode::kDataLoss, "the log has a hole", "CHAIN_BROKEN",
                     kThenRepair);
    const Position before = walked.position;
    FrameWalker records(row->frames);
    for (Position position = row->first; const auto bytes = records.Next(); ++position)
      if (position > walked.position) HQ_RETURN_IF_ERROR(AddRecord(walked, *bytes));
    if (records.is_broken() || walked.position == before)
      return Refusal(absl::StatusCode::kDataLoss, "a row of the log is broken", "CHAIN_BROKEN",
                     kThenRepair);
  }
  FinishReceipt();
  Write(walked);
  index_.active_mark_ = {head.log_id, head.position, head.hash, index_.tree_.frontier()};
  index_.written_ = index_.durable_ = head.position;
  return absl::OkStatus();
}

Status IndexCatchUp::RestoreTree(const IndexMark& mark) {
  const LeafReader leaves = [this](std::uint64_t first, unsigned count) -> Result<std::string> {
    std::string hashes;
    for (std::uint64_t leaf = first; leaf < first + count; ++leaf) {
      HQ_ASSIGN_OR_RETURN(const auto record, store_.TryRecordAt(leaf + 1));
      hashes += LeafHash(record);
    }
    return hashes;
  };
  const TileReader tiles = [this](const TileId& id, unsigned) -> Result<std::string> {
    auto tile = index_.disk_->TileOf(id);
    if (!tile) return absl::DataLossError("a tile is missing");
    return std::move(tile->hashes);
  };
  HQ_ASSIGN_OR_RETURN(index_.tree_, GrowingTree::Restore(mark.frontier, leaves, tiles));
  return absl::OkStatus();
}

// A stretch ends between two commands, so that no receipt is cut.
Status IndexCatchUp::AddRecord(ChainHead& walked, std::string_view bytes) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return Refusal(absl::StatusCode::kDataLoss, "a record of the log cannot be read",
                   "CHAIN_BROKEN", kThenRepair);
  if (!receipts_.Continues(record)) {
    FinishReceipt();
    if (index_.active_->records() >= kStretchRecords) Write(walked);
  }
  const TxnId id_before = walked.id;
  HQ_RETURN_IF_ERROR(Follow(walked, record, bytes));
  receipts_.Add(record);
  RecentIndex& stretch = *index_.active_;
  stretch.Add(FieldsOf(record));
  const bool follows = walked.position > 1 && id_before.day == walked.id.day &&
                       id_before.counter + 1 == walked.id.counter;
  if (!follows) stretch.AddIdRun(walked.id, walked.position);
  index_.tree_.Append(walked.hash);
  for (Tile& tile : index_.tree_.TakeCompleted()) stretch.AddTile(std::move(tile));
  return absl::OkStatus();
}

void IndexCatchUp::FinishReceipt() {
  if (auto receipt = receipts_.Finish())
    index_.active_->AddReceipt(std::move(receipt->first),
                               EncodeReceipt(std::move(receipt->second)));
}

void IndexCatchUp::Write(const ChainHead& walked) {
  if (index_.active_->records() == 0) return;
  index_.disk_->Write(*index_.active_,
                      {walked.log_id, walked.position, walked.hash, index_.tree_.frontier()});
  index_.active_ = std::make_shared<RecentIndex>();
}

}  // namespace hq::ledger
