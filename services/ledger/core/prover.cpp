#include "services/ledger/core/prover.hpp"

#include <algorithm>
#include <bit>

namespace hq::ledger {
namespace {

// Where the RFC cuts n leaves in two: the largest power of two below n.
std::uint64_t CutOf(std::uint64_t count) { return std::bit_floor(count - 1); }

Status SizeRefused(const std::string& why) {
  return Refusal(absl::StatusCode::kInvalidArgument, why, "NO_SUCH_PROOF",
                 "Ask for a proof inside the tree: index < size, first <= second.");
}

}  // namespace

Result<std::string> Prover::RootAt(std::uint64_t size) {
  if (size > kTreeSizeMax) return SizeRefused("no tree is that large");
  if (size == 0) return EmptyRoot();
  Begin(size);
  return RootOf(0, size);
}

Result<Proof> Prover::Inclusion(std::uint64_t index, std::uint64_t size) {
  if (size > kTreeSizeMax || index >= size) return SizeRefused("there is no such leaf");
  Begin(size);
  Proof proof;
  std::uint64_t begin = 0;
  std::uint64_t end = size;
  while (end - begin > 1) {
    const std::uint64_t middle = begin + CutOf(end - begin);
    const bool is_left = index < middle;
    HQ_ASSIGN_OR_RETURN(auto sibling, is_left ? RootOf(middle, end) : RootOf(begin, middle));
    proof.push_back(std::move(sibling));
    (is_left ? end : begin) = middle;
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<Proof> Prover::Consistency(std::uint64_t first, std::uint64_t second) {
  if (second > kTreeSizeMax || first > second) return SizeRefused("the first tree is the larger");
  Proof proof;
  if (first == 0 || first == second) return proof;
  Begin(second);
  std::uint64_t begin = 0;
  std::uint64_t end = second;
  while (end != first) {
    const std::uint64_t middle = begin + CutOf(end - begin);
    const bool is_left = first <= middle;
    HQ_ASSIGN_OR_RETURN(auto sibling, is_left ? RootOf(middle, end) : RootOf(begin, middle));
    proof.push_back(std::move(sibling));
    (is_left ? end : begin) = middle;
  }
  // Whoever checks it has the root of the first tree; that is this subtree only if it begins at 0.
  if (begin != 0) {
    HQ_ASSIGN_OR_RETURN(auto last, RootOf(begin, end));
    proof.push_back(std::move(last));
  }
  std::reverse(proof.begin(), proof.end());
  return proof;
}

Result<std::string> Prover::RootOf(std::uint64_t begin, std::uint64_t end) {
  // From the right: what is left over of a tree that is no power of two is hashed to its end first.
  std::vector<std::string> wholes;
  while (begin < end) {
    const std::uint64_t count = std::bit_floor(end - begin);
    HQ_ASSIGN_OR_RETURN(auto whole,
                        WholeSubtree(begin, static_cast<unsigned>(std::countr_zero(count))));
    wholes.push_back(std::move(whole));
    begin += count;
  }
  std::string root = std::move(wholes.back());
  for (std::size_t i = wholes.size() - 1; i-- > 0;) root = hasher_.Node(wholes[i], root);
  return root;
}

Result<std::string> Prover::WholeSubtree(std::uint64_t begin, unsigned height) {
  const unsigned level = height / kTileHeight;
  const unsigned height_in_tile = height % kTileHeight;
  const std::uint64_t hash = begin >> (kTileHeight * level);  // Its place in the level.
  const auto index = static_cast<unsigned>(hash % kTileWidth) >> height_in_tile;
  if (level == 0) {
    HQ_ASSIGN_OR_RETURN(const Tile* leaves, LeafTile(hash / kTileWidth));
    return NodeIn(*leaves, height, index);
  }
  HQ_ASSIGN_OR_RETURN(const auto nodes, NodesOf({level, hash / kTileWidth}));
  return std::string(nodes->Node(height_in_tile, index));
}

Result<const Tile*> Prover::LeafTile(std::uint64_t index) {
  const auto found = leaf_tiles_.find(index);
  if (found != leaf_tiles_.end()) return &found->second;
  const TileId id{0, index};
  HQ_ASSIGN_OR_RETURN(auto hashes, Read(id));
  Tile tile{id, std::move(hashes), middles_ ? middles_(index) : std::string()};
  return &leaf_tiles_.emplace(index, std::move(tile)).first->second;
}

std::string Prover::NodeIn(const Tile& leaves, unsigned height, unsigned index) {
  const bool is_kept = height == kMiddleHeight && (index + 1) * kHashBytes <= leaves.middle.size();
  if (is_kept) return leaves.middle.substr(index * kHashBytes, kHashBytes);
  if (height == 0) return leaves.hashes.substr(index * kHashBytes, kHashBytes);
  return hasher_.Node(NodeIn(leaves, height - 1, 2 * index),
                      NodeIn(leaves, height - 1, 2 * index + 1));
}

Result<std::shared_ptr<const TileNodes>> Prover::NodesOf(const TileId& id) {
  const auto found = upper_tiles_.find(id);
  // A tile only ever grows, so one that was wider has the same hashes in front.
  if (found != upper_tiles_.end() && found->second->width() >= WidthOf(id, size_))
    return found->second;
  HQ_ASSIGN_OR_RETURN(auto hashes, Read(id));
  auto nodes = std::make_shared<const TileNodes>(hasher_, std::move(hashes));
  if (upper_tiles_.size() >= kTilesKeptMax) upper_tiles_.clear();
  upper_tiles_[id] = nodes;
  return nodes;
}

Result<std::string> Prover::Read(const TileId& id) const {
  const unsigned width = WidthOf(id, size_);
  HQ_ASSIGN_OR_RETURN(auto hashes, tiles_(id, width));
  if (hashes.size() != width * kHashBytes) return absl::DataLossError("a tile of another length");
  return hashes;
}

void Prover::Begin(std::uint64_t size) {
  size_ = size;
  leaf_tiles_.clear();
}

}  // namespace hq::ledger
