// The index of a stretch of records that lies in memory: what the newest records have in common,
// until it is written down. Pure; whoever shares it between threads guards it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "common/transparency/tile.hpp"
#include "services/ledger/core/index_fields.hpp"
#include "services/ledger/core/txn_id.hpp"

namespace hq::ledger {

class RecentIndex {
 public:
  struct Postings {
    Version first_version = 0;  // Of a stream's list: the version of its first record.
    std::vector<Position> positions;
  };
  // Looked up by views.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class Value>
  using ByKey = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using Lists = ByKey<Postings>;
  using Receipts = ByKey<std::string>;  // As core/receipt_row has them.
  using IdRuns = std::map<std::pair<std::string, std::uint64_t>, Position>;

  // Records in the order of their positions.
  void Add(const IndexFields& fields);

  // From this record on ids follow each other.
  void AddIdRun(const TxnId& id, Position position);

  // By the key of core/keys.
  void AddReceipt(std::string key, std::string receipt);

  void AddTile(Tile tile) { tiles_.push_back(std::move(tile)); }

  // Null if there is none.
  const Postings* Find(std::string_view key) const;
  const std::string* FindReceipt(std::string_view key) const;
  const Tile* FindTile(const TileId& id) const;

  // The position that the id has if it was issued in the run before it; nothing without such a run.
  std::optional<Position> PositionOf(const TxnId& id) const;

  Position first() const { return first_; }  // 0 if it is empty.
  Position last() const { return last_; }
  std::size_t records() const { return records_; }

  const Lists& lists() const { return lists_; }
  const Receipts& receipts() const { return receipts_; }
  const IdRuns& id_runs() const { return id_runs_; }
  const std::vector<Tile>& tiles() const { return tiles_; }

 private:
  // The list that was added to last for each kind of key: neighbours have most in common.
  struct Latest {
    std::string value;
    Postings* list = nullptr;
  };
  enum Kind { kStream, kBranch, kEvent, kCategory, kActor, kCorrelation, kCause, kKinds };

  using KeyOf = std::string (*)(std::string_view);
  Postings& ListOf(Kind kind, KeyOf key_of, std::string_view value);

  Lists lists_;
  Receipts receipts_;
  IdRuns id_runs_;
  std::vector<Tile> tiles_;
  Latest latest_[kKinds];
  Position first_ = 0;
  Position last_ = 0;
  std::size_t records_ = 0;
};

}  // namespace hq::ledger
