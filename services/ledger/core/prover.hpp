// Makes roots and proofs for any size that the tree has had (RFC 9162 section 2.1), out of tiles:
// a few for each, never all the leaves.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/proof.hpp"
#include "common/transparency/tile.hpp"
#include "services/ledger/core/tile_nodes.hpp"

namespace hq::ledger {

// One thread at a time. Keeps the tiles above the leaves that it has seen, 16 KiB each; tiles of
// leaves only while it makes one proof, since the next is seldom asked of the same. After a restore
// that gives up positions, make a new one. Errors are the tile reader's, and kDataLoss if that
// returned something of another length.
class Prover {
 public:
  static constexpr std::size_t kTilesKeptMax = 512;  // Of 2^16 leaves each: 8 MiB.

  // Without middle rows the same proofs take longer.
  explicit Prover(TileReader tiles, MiddleReader middles = {})
      : tiles_(std::move(tiles)), middles_(std::move(middles)) {}

  Result<std::string> RootAt(std::uint64_t size);

  // That leaf `index` is in the tree of `size` leaves. kInvalidArgument if index >= size.
  Result<Proof> Inclusion(std::uint64_t index, std::uint64_t size);

  // The hash of a leaf in the tree of the last proof.
  Result<std::string> LeafHash(std::uint64_t index) { return WholeSubtree(index, 0); }

  // That the tree of `first` leaves is where the tree of `second` leaves began. Empty if they are
  // the same, or if `first` is 0. kInvalidArgument if first > second.
  Result<Proof> Consistency(std::uint64_t first, std::uint64_t second);

 private:
  using TilesById = std::map<TileId, std::shared_ptr<const TileNodes>>;  // Shared with the caller.
  using LeafTiles = std::map<std::uint64_t, Tile>;                       // By index.

  // What stands below the leaves `begin` to `end`, as the RFC cuts them: MTH(D[begin:end]).
  Result<std::string> RootOf(std::uint64_t begin, std::uint64_t end);
  // The root of the 2^height leaves from `begin` on.
  Result<std::string> WholeSubtree(std::uint64_t begin, unsigned height);
  Result<const Tile*> LeafTile(std::uint64_t index);
  // The root of the 2^height leaves of the tile from index * 2^height on.
  std::string NodeIn(const Tile& leaves, unsigned height, unsigned index);
  Result<std::shared_ptr<const TileNodes>> NodesOf(const TileId& id);
  // All hashes that the tile has in that tree.
  Result<std::string> Read(const TileId& id) const;
  // Begins a proof in a tree of `size` leaves.
  void Begin(std::uint64_t size);

  TileReader tiles_;
  MiddleReader middles_;
  TreeHasher hasher_;
  std::uint64_t size_ = 0;  // Of the tree of the proof that is being made.
  LeafTiles leaf_tiles_;    // Of the proof that is being made.
  TilesById upper_tiles_;
};

}  // namespace hq::ledger
