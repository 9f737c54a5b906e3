// A Merkle tree that is grown once and asked for proofs, its tiles in files: as large as history
// may be, it takes little memory. Nothing is synced: whoever made it removes it.
#pragma once

#include <string>
#include <string_view>

#include "services/ledger/core/growing_tree.hpp"

namespace hq::ledger {

// One thread at a time.
class TileFiles {
 public:
  // An existing directory, to which "level-0", "level-1" … are written. It outlives this.
  explicit TileFiles(std::string directory) : directory_(std::move(directory)) {}

  // kUnavailable if the disk refuses.
  Status Append(std::string_view leaf_hash);

  // A TileReader. kNotFound, kUnavailable.
  Result<std::string> Read(const TileId& id, unsigned width) const;

  const GrowingTree& tree() const { return tree_; }

 private:
  std::string FileOf(unsigned level) const;

  const std::string directory_;
  GrowingTree tree_;
};

}  // namespace hq::ledger
