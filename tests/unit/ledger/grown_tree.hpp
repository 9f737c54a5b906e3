// A Merkle tree grown leaf by leaf, with its tiles kept in memory, beside the definition of RFC
// 6962 section 2.1 written down as it stands there: what the one makes, the other must know.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "common/base/ids.hpp"
#include "common/events/event_log.hpp"
#include "services/ledger/core/growing_tree.hpp"
#include "services/ledger/core/prover.hpp"

namespace hq::ledger {

// MTH(D[begin:end]) of these records.
inline std::string DefinedRoot(const std::vector<std::string>& records, std::size_t begin,
                               std::size_t end) {
  if (begin == end) return Sha256("");
  if (end - begin == 1) return Sha256(std::string(1, '\0') + records[begin]);
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  return Sha256("\x01" + DefinedRoot(records, begin, begin + k) +
                DefinedRoot(records, begin + k, end));
}

inline std::vector<std::string> RandomRecords(std::size_t count, std::mt19937_64& random) {
  std::vector<std::string> records(count);
  for (std::string& record : records)
    for (std::size_t left = random() % 40; left > 0; --left)
      record += static_cast<char>(random() & 0xff);
  return records;
}

class GrownTree {
 public:
  explicit GrownTree(const std::vector<std::string>& records) {
    for (const std::string& record : records) {
      tree_.Append(LeafHash(record));
      for (Tile& tile : tree_.TakeCompleted()) {
        if (tile.id.level == 0) middles_[tile.id.index] = std::move(tile.middle);
        full_[tile.id] = std::move(tile.hashes);
      }
      heads_.push_back({tree_.size(), tree_.Root()});
    }
  }
  GrownTree(const GrownTree&) = delete;
  GrownTree& operator=(const GrownTree&) = delete;

  const GrowingTree& tree() const { return tree_; }
  const std::map<TileId, std::string>& full_tiles() const { return full_; }

  // As the tree was when it had so many leaves.
  const TreeHead& HeadAt(std::uint64_t size) const { return heads_[size]; }

  MiddleReader Middles() const {
    return [this](std::uint64_t index) {
      const auto found = middles_.find(index);
      return found != middles_.end() ? found->second : tree_.ReadMiddle(index);
    };
  }

  TileReader Tiles() const {
    return [this](const TileId& id, unsigned width) -> Result<std::string> {
      const auto found = full_.find(id);
      if (found != full_.end()) return found->second.substr(0, width * kHashBytes);
      return tree_.Read(id, width);
    };
  }

 private:
  GrowingTree tree_;
  std::map<TileId, std::string> full_;
  std::map<std::uint64_t, std::string> middles_;
  std::vector<TreeHead> heads_ = {{0, EmptyRoot()}};
};

}  // namespace hq::ledger
