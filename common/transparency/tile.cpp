#include "common/transparency/tile.hpp"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <bit>

#include "common/base/check.hpp"

namespace hq::ledger {
namespace {

// How many hashes a whole level has in a tree of `size` leaves.
std::uint64_t HashesAt(unsigned level, std::uint64_t size) {
  return level < kTileLevels ? size >> (kTileHeight * level) : 0;
}

}  // namespace

unsigned WidthOf(const TileId& id, std::uint64_t size) {
  const std::uint64_t hashes = HashesAt(id.level, size);
  const std::uint64_t tiles = hashes / kTileWidth;
  if (id.index < tiles) return kTileWidth;
  return id.index == tiles ? static_cast<unsigned>(hashes % kTileWidth) : 0;
}

std::vector<TileId> PartialTiles(std::uint64_t size) {
  std::vector<TileId> partial;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const TileId last{level, HashesAt(level, size) / kTileWidth};
    if (WidthOf(last, size) > 0) partial.push_back(last);
  }
  return partial;
}

std::string TilePath(const TileId& id, unsigned width) {
  constexpr std::uint64_t kGroup = 1000;  // Three digits a path element.
  std::string index = absl::StrFormat("%03d", id.index % kGroup);
  for (std::uint64_t rest = id.index / kGroup; rest > 0; rest /= kGroup)
    index = absl::StrFormat("x%03d/", rest % kGroup) + index;
  std::string path = absl::StrFormat("tile/%d/", id.level) + index;
  if (width < kTileWidth) path += absl::StrFormat(".p/%d", width);
  return path;
}

std::string SubtreeRoot(TreeHasher& hasher, std::string hashes) {
  const std::size_t count = hashes.size() / kHashBytes;
  HQ_CHECK(hashes.size() % kHashBytes == 0 && std::has_single_bit(count),
           "a whole subtree has a power of two of leaves");
  for (std::size_t width = count / 2; width > 0; width /= 2)
    for (std::size_t i = 0; i < width; ++i)
      hasher.NodeOf(&hashes[2 * i * kHashBytes], &hashes[i * kHashBytes]);
  hashes.resize(kHashBytes);
  return hashes;
}

}  // namespace hq::ledger
