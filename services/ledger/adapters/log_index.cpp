#include "services/ledger/adapters/log_index.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/index_catch_up.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/receipt_row.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kHeadsMax = 200'000;
constexpr std::size_t kMatchBatch = 256;

// The part of a list in (after, until].
std::span<const Position> Part(const RecentIndex::Postings* list, Position after, Position until) {
  if (!list) return {};
  const auto& all = list->positions;
  const auto first = std::upper_bound(all.begin(), all.end(), after);
  const auto last = std::upper_bound(first, all.end(), until);
  return {first, last};
}

// The keys of all lists that a record of the selection is in; one of a multiple choice is enough.
std::vector<std::string> KeysOf(const Selection& selection) {
  std::vector<std::string> all;
  if (!selection.stream.empty()) all.push_back(keys::OfStream(selection.stream));
  if (!selection.event.empty()) all.push_back(keys::OfEvent(selection.event));
  if (!selection.category.empty()) all.push_back(keys::OfCategory(selection.category));
  if (!selection.actor.empty()) all.push_back(keys::OfActor(selection.actor));
  if (!selection.correlation_id.empty())
    all.push_back(keys::OfCorrelation(selection.correlation_id));
  return all;
}

}  // namespace

Result<std::unique_ptr<LogIndex>> LogIndex::Open(const std::string& directory,
                                                 const RocksStore& store, const ChainHead& head,
                                                 IndexPace pace, Disk disk) {
  HQ_ASSIGN_OR_RETURN(auto on_disk, IndexStore::Open(directory, std::move(disk)));
  std::unique_ptr<LogIndex> index(new LogIndex(std::move(on_disk), pace));
  HQ_RETURN_IF_ERROR(IndexCatchUp(*index, store).Run(head));
  if (pace.has_thread)
    index->writer_ = std::jthread(
        [made = index.get()](std::stop_token stop) { made->KeepWritingDown(std::move(stop)); });
  return index;
}

LogIndex::~LogIndex() {
  if (!writer_.joinable()) return;
  writer_.request_stop();
  writer_.join();
}

TreeHead LogIndex::Add(const CommitGroup& group) {
  if (heads_.size() > kHeadsMax) heads_.clear();
  for (const auto& [stream, version] : group.versions()) heads_[stream] = version;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return active_->records() < pace_.records_max; });
  for (const auto& fields : group.fields()) active_->Add(fields);
  for (const auto& [id, position] : group.id_runs()) active_->AddIdRun(id, position);
  for (const auto& [key, receipt] : group.receipts())
    active_->AddReceipt(key, EncodeReceipt(receipt));
  const std::string_view leaves = group.leaf_hashes();
  for (std::size_t at = 0; at < leaves.size(); at += kHashBytes)
    tree_.Append(leaves.substr(at, kHashBytes));
  for (Tile& tile : tree_.TakeCompleted()) active_->AddTile(std::move(tile));
  const ChainHead& head = group.head();
  active_mark_ = {head.log_id, head.position, head.hash, tree_.frontier()};
  const Frontier frontier = tree_.frontier();
  lock.unlock();
  return {frontier.size(), frontier.Root()};
}

void LogIndex::SetDurable(Position position) {
  std::unique_lock lock(mutex_);
  durable_ = position;
  const bool is_ripe = active_->records() >= pace_.ripe_records;
  lock.unlock();
  if (is_ripe) changed_.notify_all();
}

Position LogIndex::written() const {
  std::shared_lock lock(mutex_);
  return written_;
}

TreeHead LogIndex::tree() const {
  std::shared_lock lock(mutex_);
  return {tree_.size(), tree_.Root()};
}

// What is ripe, or has waited long enough, is written down.
void LogIndex::KeepWritingDown(std::stop_token stop) {
  constexpr std::chrono::seconds kDurableWait(1);
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, pace_.ripe_age, [&] {
        return stop.stop_requested() ||
               (active_->records() >= pace_.ripe_records && durable_ >= active_mark_.position);
      });
      if (active_->records() > 0)
        changed_.wait_for(lock, kDurableWait, [this] { return durable_ >= active_mark_.position; });
    }
    if (!WriteDown() && stop.stop_requested()) return;
  }
}

bool LogIndex::WriteDown() {
  IndexMark mark;
  const Stretch stretch = Seal(mark);
  if (!stretch) return false;
  fault::Point("ledger.index.write.before");
  disk_->Write(*stretch, mark);
  fault::Point("ledger.index.write.after");
  std::unique_lock lock(mutex_);
  sealed_.reset();
  written_ = mark.position;
  return true;
}

// The last stretch waits for its end to be durable, since an index of records that never came to be
// would be a lie.
LogIndex::Stretch LogIndex::Seal(IndexMark& mark) {
  std::unique_lock lock(mutex_);
  if (active_->records() == 0 || durable_ < active_mark_.position) return nullptr;
  sealed_ = std::exchange(active_, std::make_shared<RecentIndex>());
  mark = active_mark_;
  const Stretch stretch = sealed_;
  lock.unlock();
  changed_.notify_all();
  return stretch;
}

LogIndex::View LogIndex::Now() const {
  std::shared_lock lock(mutex_);
  View view;
  view.on_disk = written_;
  if (sealed_) view.stretches.push_back(sealed_);
  view.stretches.push_back(active_);
  return view;
}

std::vector<Position> LogIndex::Forward(std::string_view key, Position after, Position until,
                                        std::size_t max) const {
  const View view = Now();
  std::vector<Position> found;
  if (after < view.on_disk) found = disk_->Forward(key, after, std::min(until, view.on_disk), max);
  std::shared_lock lock(mutex_);
  for (const Stretch& stretch : view.stretches)
    for (const Position position : Part(stretch->Find(key), after, until)) {
      if (found.size() >= max) return found;
      found.push_back(position);
    }
  return found;
}

std::vector<Position> LogIndex::Backward(std::string_view key, Position after, Position until,
                                         std::size_t max) const {
  const View view = Now();
  std::vector<Position> found;
  {
    std::shared_lock lock(mutex_);
    for (auto stretch = view.stretches.rbegin(); stretch != view.stretches.rend(); ++stretch) {
      const auto part = Part((*stretch)->Find(key), after, until);
      for (auto position = part.rbegin(); position != part.rend(); ++position) {
        if (found.size() >= max) return found;
        found.push_back(*position);
      }
    }
  }
  if (found.size() >= max || after >= view.on_disk) return found;
  const auto older = disk_->Backward(key, after, std::min(until, view.on_disk), max - found.size());
  found.insert(found.end(), older.begin(), older.end());
  return found;
}

Version LogIndex::VersionAt(std::string_view stream, Position until) const {
  const View view = Now();
  const std::string key = keys::OfStream(stream);
  {
    std::shared_lock lock(mutex_);
    for (auto stretch = view.stretches.rbegin(); stretch != view.stretches.rend(); ++stretch) {
      const auto* list = (*stretch)->Find(key);
      const auto part = Part(list, 0, until);
      if (!part.empty()) return list->first_version + part.size() - 1;
    }
  }
  return disk_->VersionOf(stream);
}

std::vector<Position> LogIndex::Versions(std::string_view stream, Version from,
                                         std::size_t max) const {
  const View view = Now();
  std::vector<Position> found;
  if (view.on_disk > 0) found = disk_->Versions(stream, from, max);
  Version next = from + found.size();
  const std::string key = keys::OfStream(stream);
  std::shared_lock lock(mutex_);
  for (const Stretch& stretch : view.stretches) {
    const auto* list = stretch->Find(key);
    if (!list) continue;
    // What was written down in the meantime stands in both.
    for (std::size_t i = 0; i < list->positions.size() && found.size() < max; ++i) {
      if (list->first_version + i != next) continue;
      found.push_back(list->positions[i]);
      ++next;
    }
  }
  return found;
}

Version LogIndex::VersionOf(const std::string& stream) const {
  const auto cached = heads_.find(stream);
  if (cached != heads_.end()) return cached->second;
  return heads_.emplace(stream, VersionAt(stream, ~0ULL)).first->second;
}

std::optional<v1::CommandReceipt> LogIndex::ReceiptOf(const std::string& key) const {
  return ReceiptAt(key, ~0ULL);
}

std::optional<v1::CommandReceipt> LogIndex::ReceiptAt(const std::string& key,
                                                      Position until) const {
  const View view = Now();
  std::optional<std::string> row;
  {
    std::shared_lock lock(mutex_);
    for (const Stretch& stretch : view.stretches)
      if (const auto* receipt = stretch->FindReceipt(key)) row = *receipt;
  }
  if (!row) row = disk_->ReceiptOf(key);
  if (!row) return std::nullopt;
  auto receipt = DecodeReceipt(*row);
  HQ_CHECK(receipt.has_value(), "a receipt in the index can be read");
  if (receipt->receipt().last_position() > until) return std::nullopt;
  return receipt;
}

bool LogIndex::IsIn(std::string_view key, Position position) const {
  return !Forward(key, position - 1, position, 1).empty();
}

std::optional<Position> LogIndex::FirstMatch(const Selection& selection, Position after,
                                             std::size_t& candidates_left) const {
  const auto narrowest = NarrowestKey(selection);
  if (!narrowest) return 0;  // A query names a field; see SelectionOf.
  const auto others = KeysOf(selection);
  const auto matches = [&](Position position) {
    const auto is_in = [&](const std::string& key) {
      return key == *narrowest || IsIn(key, position);
    };
    const bool is_of_a_branch =
        selection.branches.empty() ||
        std::any_of(selection.branches.begin(), selection.branches.end(),
                    [&](const std::string& branch) { return is_in(keys::OfBranch(branch)); });
    return is_of_a_branch && std::all_of(others.begin(), others.end(), is_in);
  };
  for (;;) {
    const auto candidates = Forward(*narrowest, after, ~0ULL, kMatchBatch);
    for (const Position position : candidates) {
      if (candidates_left == 0) return std::nullopt;
      --candidates_left;
      if (matches(position)) return position;
    }
    if (candidates.size() < kMatchBatch) return 0;
    after = candidates.back();
  }
}

std::optional<Position> LogIndex::PositionOf(const TxnId& id) const {
  const View view = Now();
  {
    std::shared_lock lock(mutex_);
    for (auto stretch = view.stretches.rbegin(); stretch != view.stretches.rend(); ++stretch)
      if (const auto position = (*stretch)->PositionOf(id)) return position;
  }
  return disk_->PositionOf(id);
}

Result<std::string> LogIndex::ReadTile(const TileId& id, unsigned width) const {
  std::optional<Tile> tile;
  {
    std::shared_lock lock(mutex_);
    auto open = tree_.Read(id, width);
    if (open.ok()) return open;
    tile = FullTile(id);
  }
  if (!tile) tile = disk_->TileOf(id);
  if (!tile || tile->hashes.size() < width * kHashBytes)
    return absl::NotFoundError("no such tile: " + TilePath(id, width));
  tile->hashes.resize(width * kHashBytes);
  return std::move(tile->hashes);
}

std::string LogIndex::ReadMiddle(std::uint64_t index) const {
  std::optional<Tile> tile;
  {
    std::shared_lock lock(mutex_);
    std::string open = tree_.ReadMiddle(index);
    if (!open.empty()) return open;
    tile = FullTile({0, index});
  }
  if (!tile) tile = disk_->TileOf({0, index});
  return tile ? std::move(tile->middle) : std::string();
}

// The mutex is held, from before the open tiles were looked at: a tile that is not open, and in no
// stretch in memory, is on disk.
std::optional<Tile> LogIndex::FullTile(const TileId& id) const {
  for (const Stretch& stretch : {sealed_, active_})
    if (const Tile* tile = stretch ? stretch->FindTile(id) : nullptr) return *tile;
  return std::nullopt;
}

}  // namespace hq::ledger
