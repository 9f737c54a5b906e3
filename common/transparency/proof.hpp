// Checks the proofs of the Merkle tree as RFC 9162 says, sections 2.1.3.2 and 2.1.4.2. A proof is
// one of exactly the length that its sizes demand; anything else is refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hq::ledger {

// Hashes of kHashBytes each, in the order of the RFC.
using Proof = std::vector<std::string>;

inline constexpr std::size_t kProofHashesMax = 64;  // A tree of 2^63 leaves needs no more.

// A root and how many leaves it stands for.
struct TreeHead {
  std::uint64_t size = 0;
  std::string root;
};

// OK if the leaf is the one at `index` of the tree. kInvalidArgument for what cannot be a proof,
// kDataLoss for one that does not lead to the root.
Status CheckInclusion(std::string_view leaf_hash, std::uint64_t index, const TreeHead& head,
                      const Proof& proof);

// OK if the first tree is where the second began. Of two trees of one size the roots must be
// equal and the proof empty; every tree begins with the empty one, and that needs no proof. Codes
// as above.
Status CheckConsistency(const TreeHead& first, const TreeHead& second, const Proof& proof);

}  // namespace hq::ledger
