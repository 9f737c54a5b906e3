// A tile above the leaves and every whole subtree inside it, worked out once: 254 hashes for a full
// tile. What the upper ends of proofs are made of. Immutable.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"

namespace hq::ledger {

class TileNodes {
 public:
  // `hashes` are one to kTileWidth hashes, one behind the other.
  TileNodes(TreeHasher& hasher, std::string hashes);

  unsigned width() const { return width_; }

  // The root of the 2^height hashes from index * 2^height on. They must be in the tile, and height
  // below kTileHeight: the root of the tile itself is a hash of the level above.
  std::string_view Node(unsigned height, unsigned index) const;

 private:
  unsigned width_;
  std::array<std::string, kTileHeight> rows_;  // By height.
};

}  // namespace hq::ledger
