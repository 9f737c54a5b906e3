#include "services/ledger/core/scrub.hpp"

#include <optional>

namespace hq::ledger {
namespace {

Status NotWhatWasWritten(Position position, const std::string& what) {
  return absl::DataLossError("position " + std::to_string(position) + ": " + what);
}

// Cuts the first frame off; nothing if there is no whole frame.
std::optional<std::string_view> CutFrame(std::string_view& frames) {
  constexpr char kTag = 0x0a;
  constexpr unsigned kLengthBitsMax = 32;
  if (frames.empty() || frames.front() != kTag) return std::nullopt;
  std::uint64_t length = 0;
  std::size_t at = 1;
  for (unsigned shift = 0; shift < kLengthBitsMax; shift += 7, ++at) {
    if (at >= frames.size()) return std::nullopt;
    const auto byte = static_cast<unsigned char>(frames[at]);
    length |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    const bool is_last = byte < 0x80;
    if (!is_last) continue;
    if (length > frames.size() - at - 1) return std::nullopt;
    const std::string_view record = frames.substr(at + 1, length);
    frames.remove_prefix(at + 1 + length);
    return record;
  }
  return std::nullopt;
}

}  // namespace

ScrubPass::ScrubPass(const std::string& log_id, TreeHead tree) : tree_(std::move(tree)) {
  chain_.log_id = log_id;
  chain_.epoch = 0;
}

Status ScrubPass::Take(std::string_view frames, const TileReader& tiles) {
  if (frames.empty() && !is_done()) return NotWhatWasWritten(position() + 1, "there is no record");
  while (!frames.empty() && !is_done()) {
    const auto record = CutFrame(frames);
    if (!record) return NotWhatWasWritten(position() + 1, "the stored group cannot be read");
    HQ_RETURN_IF_ERROR(TakeRecord(*record, tiles));
  }
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
