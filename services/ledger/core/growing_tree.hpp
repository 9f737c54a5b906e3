// The Merkle tree as its writer holds it: the frontier, and the tiles that are not full yet. Takes
// leaves in order, gives every tile away once, when it is full; full tiles never change.
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/transparency/frontier.hpp"

namespace hq::ledger {

// Returns the hashes of `count` leaves from index `first` on, one behind the other.
using LeafReader = std::function<Result<std::string>(std::uint64_t first, unsigned count)>;

// A value: a copy is what a reader of another thread may hold while the writer goes on. At most
// 8 KiB a level: three levels at ten million leaves.
class GrowingTree {
 public:
  GrowingTree() = default;

  // The tree as it was when `frontier` was written: its open tiles are made again from at most 255
  // leaves and 255 full tiles a level. kDataLoss if they do not lead to the frontier; otherwise the
  // readers' own codes.
  static Result<GrowingTree> Restore(const Frontier& frontier, const LeafReader& leaves,
                                     const TileReader& full_tiles);

  const Frontier& frontier() const { return frontier_; }
  std::uint64_t size() const { return frontier_.size(); }
  std::string Root() const { return frontier_.Root(); }

  // O(1) on the average.
  void Append(std::string_view leaf_hash);

  // The tiles that have become full since this was last asked. They belong into the same write as
  // the leaves.
  std::vector<Tile> TakeCompleted();

  // A TileReader for what is still open here; kNotFound for what is not, such as full tiles.
  Result<std::string> Read(const TileId& id, unsigned width) const;

  // A MiddleReader for the tile of leaves that is open here.
  std::string ReadMiddle(std::uint64_t index) const;

 private:
  void Put(unsigned level, std::string_view hash);
  // The frontier that the open tiles have in them.
  std::string Subtrees() const;

  Frontier frontier_;
  std::array<std::string, kTileLevels> open_;  // By level.
  std::string open_middle_;                    // Of the tile of leaves.
  std::vector<Tile> completed_;
  std::vector<TileHash> filled_;  // Kept for its memory.
};

}  // namespace hq::ledger
