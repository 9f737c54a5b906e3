// The right edge of the Merkle tree: one hash for each whole subtree, 32 bytes for every bit that
// is set in the size. All that is needed to append and to know the root; small enough to be
// committed with every group.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"

namespace hq::ledger {

// The root of 2^height leaves that has its place in a tile: in the middle row of a tile of leaves,
// or, as the root of a full tile, in a tile above.
struct TileHash {
  unsigned height = kTileHeight;
  std::uint64_t index = 0;  // Among the roots of its height.
  std::string hash;
};

class Frontier {
 public:
  Frontier() = default;

  // What Serialize made. kDataLoss if it is not that.
  static Result<Frontier> Parse(std::string_view bytes);
  std::string Serialize() const;

  std::uint64_t size() const { return size_; }

  // O(log size). Like all that is const here, for any number of threads.
  std::string Root() const;

  // O(1) on the average; the root is worked out by Root(), once a group. What the leaf made for
  // tiles is added to `filled`, the lowest first: nothing, but for every 16th leaf.
  void Append(std::string_view leaf_hash, std::vector<TileHash>& filled);

  bool operator==(const Frontier& other) const {
    return size_ == other.size_ && hashes_ == other.hashes_;
  }

 private:
  std::uint64_t size_ = 0;
  std::string hashes_;  // The largest subtree first.
  TreeHasher hasher_;
};

}  // namespace hq::ledger
