#include "services/ledger/core/growing_tree.hpp"

#include <bit>
#include <utility>

#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

// The roots of the whole subtrees in a partial tile, the largest first.
std::string SubtreesIn(TreeHasher& hasher, std::string_view hashes) {
  std::string subtrees;
  auto width = static_cast<unsigned>(hashes.size() / kHashBytes);
  while (width > 0) {
    const unsigned part = std::bit_floor(width);
    subtrees += SubtreeRoot(hasher, std::string(hashes.substr(0, part * kHashBytes)));
    hashes.remove_prefix(part * kHashBytes);
    width -= part;
  }
  return subtrees;
}

// The middle row of a tile of leaves, as far as it can be made of those that are there.
std::string MiddleOf(TreeHasher& hasher, std::string_view hashes) {
  constexpr std::size_t kPart = kHashBytes << kMiddleHeight;
  std::string middle;
  for (; hashes.size() >= kPart; hashes.remove_prefix(kPart))
    middle += SubtreeRoot(hasher, std::string(hashes.substr(0, kPart)));
  return middle;
}

Status CheckLength(const std::string& hashes, unsigned count) {
  if (hashes.size() == count * kHashBytes) return absl::OkStatus();
  return absl::DataLossError("hashes are missing");
}

}  // namespace

Result<GrowingTree> GrowingTree::Restore(const Frontier& frontier, const LeafReader& leaves,
                                         const TileReader& full_tiles) {
  GrowingTree tree;
  TreeHasher hasher;
  tree.frontier_ = frontier;
  for (const TileId& id : PartialTiles(frontier.size())) {
    const unsigned width = WidthOf(id, frontier.size());
    const std::uint64_t first = id.index * kTileWidth;
    std::string& open = tree.open_[id.level];
    if (id.level == 0) {
      HQ_ASSIGN_OR_RETURN(open, leaves(first, width));
      HQ_RETURN_IF_ERROR(CheckLength(open, width));
      tree.open_middle_ = MiddleOf(hasher, open);
      continue;
    }
    for (std::uint64_t below = first; below < first + width; ++below) {
      HQ_ASSIGN_OR_RETURN(auto full, full_tiles({id.level - 1, below}, kTileWidth));
      HQ_RETURN_IF_ERROR(CheckLength(full, kTileWidth));
      open += SubtreeRoot(hasher, std::move(full));
    }
  }
  if (keys::Number(frontier.size()) + tree.Subtrees() != frontier.Serialize())
    return absl::DataLossError("leaves and tiles do not lead to the frontier");
  return tree;
}

void GrowingTree::Append(std::string_view leaf_hash) {
  filled_.clear();
  frontier_.Append(leaf_hash, filled_);
  for (const TileHash& made : filled_)
    if (made.height == kMiddleHeight) open_middle_ += made.hash;
  Put(0, leaf_hash);
  for (const TileHash& made : filled_)
    if (made.height >= kTileHeight) Put(made.height / kTileHeight, made.hash);
}

std::vector<Tile> GrowingTree::TakeCompleted() { return std::exchange(completed_, {}); }

Result<std::string> GrowingTree::Read(const TileId& id, unsigned width) const {
  const bool is_open = WidthOf(id, size()) < kTileWidth && width <= WidthOf(id, size());
  if (!is_open) return absl::NotFoundError("not an open tile");
  return open_[id.level].substr(0, width * kHashBytes);
}

std::string GrowingTree::ReadMiddle(std::uint64_t index) const {
  return index == size() / kTileWidth ? open_middle_ : std::string();
}

void GrowingTree::Put(unsigned level, std::string_view hash) {
  std::string& open = open_[level];
  open += hash;
  if (open.size() < kTileWidth * kHashBytes) return;
  const std::uint64_t index = (size() >> (kTileHeight * level)) / kTileWidth - 1;
  completed_.push_back({{level, index}, std::exchange(open, {}), {}});
  if (level == 0) completed_.back().middle = std::exchange(open_middle_, {});
}

std::string GrowingTree::Subtrees() const {
  TreeHasher hasher;
  std::string subtrees;
  for (unsigned level = kTileLevels; level-- > 0;) subtrees += SubtreesIn(hasher, open_[level]);
  return subtrees;
}

}  // namespace hq::ledger
