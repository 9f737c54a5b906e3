#include "services/ledger/core/scrub.hpp"

#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

Status NotWhatWasWritten(Position position, const std::string& what) {
  return absl::DataLossError("position " + std::to_string(position) + ": " + what);
}

}  // namespace

ScrubPass::ScrubPass(const std::string& log_id, TreeHead tree) : tree_(std::move(tree)) {
  chain_.log_id = log_id;
  chain_.epoch = 0;
}

Status ScrubPass::Take(std::string_view frames, const TileReader& tiles) {
  if (frames.empty() && !is_done()) return NotWhatWasWritten(position() + 1, "there is no record");
  FrameWalker walker(frames);
  while (!is_done()) {
    const auto record = walker.Next();
    if (!record) break;
    HQ_RETURN_IF_ERROR(TakeRecord(*record, tiles));
  }
  if (walker.is_broken())
    return NotWhatWasWritten(position() + 1, "the stored group cannot be read");
  return absl::OkStatus();
}

Status ScrubPass::TakeRecord(std::string_view bytes, const TileReader& tiles) {
  const Position position = chain_.position + 1;
  HQ_ASSIGN_OR_RETURN(const auto expected, ExpectedLeaf(position - 1, tiles));
  const std::string leaf = LeafHash(bytes);
  if (leaf != expected) return NotWhatWasWritten(position, "its hash is not the tree's");
  ChainHead next = chain_;
  HQ_RETURN_IF_ERROR(Follow(next, bytes));
  std::vector<TileHash> filled;
  frontier_.Append(leaf, filled);
  const bool is_last = position == tree_.size;
  if (is_last && frontier_.Root() != tree_.root)
    return NotWhatWasWritten(position, "the records up to here do not lead to the tree's root");
  chain_ = std::move(next);
  return absl::OkStatus();
}

Result<std::string_view> ScrubPass::ExpectedLeaf(std::uint64_t index, const TileReader& tiles) {
  const TileId id{0, index / kTileWidth};
  if (tile_.empty() || tile_index_ != id.index) {
    const unsigned width = WidthOf(id, tree_.size);
    HQ_ASSIGN_OR_RETURN(tile_, tiles(id, width));
    tile_index_ = id.index;
    if (tile_.size() != width * kHashBytes)
      return NotWhatWasWritten(index + 1, "the tile that holds its hash has another size");
  }
  return std::string_view(tile_).substr((index % kTileWidth) * kHashBytes, kHashBytes);
}

}  // namespace hq::ledger
