#include "services/ledger/core/tile_nodes.hpp"

#include "common/base/check.hpp"

namespace hq::ledger {

TileNodes::TileNodes(TreeHasher& hasher, std::string hashes)
    : width_(static_cast<unsigned>(hashes.size() / kHashBytes)) {
  HQ_CHECK(hashes.size() % kHashBytes == 0 && width_ >= 1 && width_ <= kTileWidth,
           "a tile holds 1 to 256 hashes");
  rows_[0] = std::move(hashes);
  for (unsigned height = 1; height < kTileHeight; ++height) {
    const std::string& below = rows_[height - 1];
    std::string& row = rows_[height];
    row.resize((width_ >> height) * kHashBytes);
    for (unsigned i = 0; i < width_ >> height; ++i)
      hasher.NodeOf(&below[2 * i * kHashBytes], &row[i * kHashBytes]);
  }
}

std::string_view TileNodes::Node(unsigned height, unsigned index) const {
  HQ_CHECK(height < kTileHeight && index < width_ >> height, "the node is in the tile");
  return std::string_view(rows_[height]).substr(index * kHashBytes, kHashBytes);
}

}  // namespace hq::ledger
