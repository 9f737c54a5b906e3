// One pass of the scrubber: takes what is stored again, record after record, and holds it against
// the chain, the tiles and the root of the Merkle tree. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/transparency/frontier.hpp"
#include "common/transparency/proof.hpp"
#include "common/transparency/tile.hpp"
#include "services/ledger/core/hash_chain.hpp"

namespace hq::ledger {

// Not thread-safe.
class ScrubPass {
 public:
  // Will look at the first `tree.size` records of that ledger.
  ScrubPass(const std::string& log_id, TreeHead tree);

  // The last record that was looked at and is what was written.
  Position position() const { return chain_.position; }
  Position until() const { return tree_.size; }
  bool is_done() const { return position() >= until(); }

  // Takes the records behind position(), whole ones, as frames: 0x0a, the length as a varint, the
  // stored bytes. kDataLoss, saying why, if the next record is not what was written; whatever else
  // the tile reader answers if it cannot read.
  Status Take(std::string_view frames, const TileReader& tiles);

 private:
  Status TakeRecord(std::string_view bytes, const TileReader& tiles);
  // What the tiles say of the leaf at that index.
  Result<std::string_view> ExpectedLeaf(std::uint64_t index, const TileReader& tiles);

  const TreeHead tree_;
  ChainHead chain_;
  Frontier frontier_;
  std::uint64_t tile_index_ = 0;
  std::string tile_;  // The one at tile_index_; empty if none was read yet.
};

}  // namespace hq::ledger
