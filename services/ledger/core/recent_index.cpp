#include "services/ledger/core/recent_index.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {

RecentIndex::Postings& RecentIndex::ListOf(Kind kind, KeyOf key_of, std::string_view value) {
  Latest& latest = latest_[kind];
  if (!latest.list || latest.value != value) {
    latest.value = value;
    latest.list = &lists_[key_of(value)];
  }
  return *latest.list;
}

void RecentIndex::Add(const IndexFields& fields) {
  const Position position = fields.position;
  Postings& stream = ListOf(kStream, keys::OfStream, fields.stream);
  if (stream.positions.empty()) stream.first_version = fields.version;
  stream.positions.push_back(position);
  ListOf(kBranch, keys::OfBranch, fields.branch).positions.push_back(position);
  ListOf(kEvent, keys::OfEvent, fields.event).positions.push_back(position);
  ListOf(kCategory, keys::OfCategory, CategoryOf(fields.stream)).positions.push_back(position);
  ListOf(kActor, keys::OfActor, fields.actor).positions.push_back(position);
  if (!fields.correlation_id.empty())
    ListOf(kCorrelation, keys::OfCorrelation, fields.correlation_id).positions.push_back(position);
  if (!fields.causation_id.empty())
    ListOf(kCause, keys::OfCause, fields.causation_id).positions.push_back(position);
  if (first_ == 0) first_ = position;
  last_ = position;
  ++records_;
}

void RecentIndex::AddIdRun(const TxnId& id, Position position) {
  id_runs_.emplace(std::make_pair(id.day, id.counter), position);
}

void RecentIndex::AddReceipt(std::string key, std::string receipt) {
  receipts_.emplace(std::move(key), std::move(receipt));
}

const RecentIndex::Postings* RecentIndex::Find(std::string_view key) const {
  const auto it = lists_.find(key);
  return it == lists_.end() ? nullptr : &it->second;
}

const std::string* RecentIndex::FindReceipt(std::string_view key) const {
  const auto it = receipts_.find(key);
  return it == receipts_.end() ? nullptr : &it->second;
}

const Tile* RecentIndex::FindTile(const TileId& id) const {
  const auto it =
      std::find_if(tiles_.begin(), tiles_.end(), [&](const Tile& tile) { return tile.id == id; });
  return it == tiles_.end() ? nullptr : &*it;
}

std::optional<Position> RecentIndex::PositionOf(const TxnId& id) const {
  auto it = id_runs_.upper_bound({id.day, id.counter});
  if (it == id_runs_.begin()) return std::nullopt;
  --it;
  if (it->first.first != id.day) return std::nullopt;
  return it->second + (id.counter - it->first.second);
}

}  // namespace hq::ledger
