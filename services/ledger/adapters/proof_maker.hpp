// Roots and proofs of the durable tree, for any number of threads.
#pragma once

#include <mutex>
#include <string>

#include "services/ledger/adapters/tree_access.hpp"
#include "services/ledger/core/prover.hpp"

namespace hq::ledger {

struct LeafProof {
  std::string leaf_hash;
  Proof proof;
};

class ProofMaker {
 public:
  explicit ProofMaker(TreeAccess tree)
      : tree_(std::move(tree)), prover_(tree_.tiles, tree_.middles) {}

  const TreeAccess& tree() const { return tree_; }

  // As Prover's; no size may be larger than that of the tree's head.
  Result<std::string> RootAt(std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    return prover_.RootAt(size);
  }
  Result<LeafProof> Inclusion(std::uint64_t index, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    LeafProof proven;
    HQ_ASSIGN_OR_RETURN(proven.proof, prover_.Inclusion(index, size));
    HQ_ASSIGN_OR_RETURN(proven.leaf_hash, prover_.LeafHash(index));
    return proven;
  }
  Result<Proof> Consistency(std::uint64_t first, std::uint64_t second) {
    const std::lock_guard lock(mutex_);
    return prover_.Consistency(first, second);
  }

 private:
  const TreeAccess tree_;
  std::mutex mutex_;
  Prover prover_;
};

}  // namespace hq::ledger
