#include "services/ledger/core/history_walk.hpp"

#include <tuple>

#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {

HistoryWalk::HistoryWalk(std::string log_id) {
  head_.log_id = std::move(log_id);
  head_.epoch = 0;
}

Result<bool> HistoryWalk::Expect(const TreeHead& expected) {
  if (expected.size < frontier_.size()) return false;
  if (expected.size == frontier_.size()) {
    HQ_RETURN_IF_ERROR(Compare(expected));
    return true;
  }
  const auto [it, is_new] = expected_.emplace(expected.size, expected.root);
  if (!is_new && it->second != expected.root)
    return Refusal(
        absl::StatusCode::kDataLoss,
        "two different trees of " + std::to_string(expected.size) + " records are vouched for",
        "TREE_DIFFERS", "Find out which of them the ledger signed.");
  return true;
}

Status HistoryWalk::Take(std::string_view record) {
  if (head_.position == 0 && head_.log_id.empty()) {
    HQ_ASSIGN_OR_RETURN(const ChainHead first, HeadAfter(record));
    head_.log_id = first.log_id;
  }
  ChainHead next = head_;
  HQ_RETURN_IF_ERROR(Follow(next, record));
  if (std::tie(next.id.day, next.id.counter) <= std::tie(head_.id.day, head_.id.counter))
    return Refusal(
        absl::StatusCode::kDataLoss,
        "position " + std::to_string(next.position) + " repeats an id: " + FormatTxnId(next.id),
        "CHAIN_BROKEN", "Take another copy of it; for a ledger's own files run: hq-ledger repair");
  head_ = std::move(next);
  filled_.clear();
  frontier_.Append(head_.hash, filled_);
  v1::Record parsed;
  if (parsed.ParseFromArray(record.data(), static_cast<int>(record.size())) &&
      parsed.stream() == kOwnStream)
    own_version_ = parsed.version();
  const auto expected = expected_.find(frontier_.size());
  if (expected == expected_.end()) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(Compare({expected->first, expected->second}));
  expected_.erase(expected);
  return absl::OkStatus();
}

Status HistoryWalk::Compare(const TreeHead& expected) const {
  if (frontier_.Root() == expected.root) return absl::OkStatus();
  return Refusal(absl::StatusCode::kDataLoss,
                 "the tree of " + std::to_string(expected.size) +
                     " records is not the one that was vouched for",
                 "TREE_DIFFERS",
                 "Take another copy of it; for a ledger's own files run: hq-ledger repair");
}

}  // namespace hq::ledger
