// Tiles: the Merkle tree cut into pieces of 256 hashes, as C2SP tlog-tiles defines them. Tile n of
// level l holds the roots of the 256 subtrees of 256^l leaves from leaf n * 256^(l+1) on; once
// full, a tile never changes.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/tree_hasher.hpp"

namespace hq::ledger {

inline constexpr unsigned kTileHeight = 8;
inline constexpr unsigned kTileWidth = 1U << kTileHeight;        // Hashes in a full tile.
inline constexpr unsigned kMiddleHeight = kTileHeight / 2;       // Of a tile's middle row.
inline constexpr unsigned kTileLevels = 64 / kTileHeight;        // Enough for every 64-bit size.
inline constexpr std::uint64_t kTreeSizeMax = (1ULL << 63) - 1;  // What a checkpoint can say.

struct TileId {
  unsigned level = 0;
  std::uint64_t index = 0;

  auto operator<=>(const TileId&) const = default;
};

// Hashes one behind the other; fewer than kTileWidth in a partial tile.
struct Tile {
  TileId id;
  std::string hashes;
  // Of a tile of leaves: the roots of its subtrees of 2^kMiddleHeight leaves, one behind the other.
  // With them a proof hashes 22 nodes of the tile instead of 247. Not a part of what C2SP defines.
  std::string middle;
};

// The port to wherever tiles are kept. Returns exactly the first `width` hashes of the tile, also
// if more are there. kNotFound or kDataLoss if they are not there or damaged.
using TileReader = std::function<Result<std::string>(const TileId& id, unsigned width)>;

// The middle row of a tile of leaves, as far as it is kept: possibly nothing.
using MiddleReader = std::function<std::string(std::uint64_t index)>;

// How many hashes of the tile a tree of `size` leaves has: 0 to kTileWidth.
unsigned WidthOf(const TileId& id, std::uint64_t size);

// All tiles of a tree of `size` leaves that are partial, the lowest level first, by their ids.
std::vector<TileId> PartialTiles(std::uint64_t size);

// The path by which C2SP names it: "tile/0/x001/x234/067", with ".p/W" behind it if partial.
std::string TilePath(const TileId& id, unsigned width);

// The root over hashes whose number is a power of two.
std::string SubtreeRoot(TreeHasher& hasher, std::string hashes);

}  // namespace hq::ledger
