#include "common/transparency/frontier.hpp"

#include <bit>

#include "common/base/big_endian.hpp"
#include "common/base/check.hpp"

// Persisted:
//
//   frontier := size subtree*
//   size     := 8 bytes, the most significant first
//   subtree  := 32 bytes, the root of a whole subtree; one for each bit set in size, the most
//               significant first

namespace hq::ledger {
namespace {

constexpr std::size_t kSizeBytes = 8;

std::size_t SubtreesOf(std::uint64_t size) { return static_cast<std::size_t>(std::popcount(size)); }

}  // namespace

Result<Frontier> Frontier::Parse(std::string_view bytes) {
  if (bytes.size() < kSizeBytes) return absl::DataLossError("a frontier without a size");
  Frontier frontier;
  frontier.size_ = *FromBigEndian(bytes.substr(0, kSizeBytes));
  frontier.hashes_ = bytes.substr(kSizeBytes);
  if (frontier.size_ > kTreeSizeMax) return absl::DataLossError("a frontier that is too large");
  if (frontier.hashes_.size() != SubtreesOf(frontier.size_) * kHashBytes)
    return absl::DataLossError("a frontier that does not fit its size");
  return frontier;
}

std::string Frontier::Serialize() const { return BigEndian(size_) + hashes_; }

std::string Frontier::Root() const {
  if (size_ == 0) return EmptyRoot();
  TreeHasher hasher;
  const std::string_view hashes = hashes_;
  std::size_t at = hashes.size() - kHashBytes;
  std::string root(hashes.substr(at));
  while (at > 0) {
    at -= kHashBytes;
    root = hasher.Node(hashes.substr(at, kHashBytes), root);
  }
  return root;
}

void Frontier::Append(std::string_view leaf_hash, std::vector<TileHash>& filled) {
  HQ_CHECK(leaf_hash.size() == kHashBytes, "a leaf is a hash");
  HQ_CHECK(size_ < kTreeSizeMax, "the tree has room");
  hashes_ += leaf_hash;
  const auto merges = static_cast<unsigned>(std::countr_one(size_));
  ++size_;
  for (unsigned height = 1; height <= merges; ++height) {
    char* children = &hashes_[hashes_.size() - 2 * kHashBytes];
    hasher_.NodeOf(children, children);
    hashes_.resize(hashes_.size() - kHashBytes);
    if (height != kMiddleHeight && height % kTileHeight != 0) continue;
    filled.push_back({height, (size_ >> height) - 1, hashes_.substr(hashes_.size() - kHashBytes)});
  }
}

}  // namespace hq::ledger
