#include "common/transparency/proof.hpp"

#include <algorithm>
#include <bit>

#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"

namespace hq::ledger {
namespace {

Status NoProof(std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, why, "PROOF_MALFORMED",
                 "Ask for the proof again; do not trust the record before it is proved.");
}

Status NotProved(std::string_view why) {
  return Refusal(absl::StatusCode::kDataLoss, why, "PROOF_REFUSED",
                 "Keep the proof and the checkpoint as evidence, and trust neither.");
}

bool IsHash(std::string_view text) { return text.size() == kHashBytes; }

bool IsHead(const TreeHead& head) {
  return head.size <= kTreeSizeMax && IsHash(head.root) &&
         (head.size > 0 || head.root == EmptyRoot());
}

bool IsPath(const Proof& proof) {
  return proof.size() <= kProofHashesMax && std::all_of(proof.begin(), proof.end(), IsHash);
}

// Where the RFC's two numbers stand while a path is walked up: fn the node, sn the last node of its
// row.
struct Climb {
  std::uint64_t fn;
  std::uint64_t sn;

  bool IsRightChild() const { return (fn & 1) == 1 || fn == sn; }
  bool IsAtTheTop() const { return sn == 0; }

  // Past the rows in which a node without a sibling is its own parent.
  void SkipToSibling() {
    if (fn == 0) return;
    const int rows = std::countr_zero(fn);
    fn >>= rows;
    sn >>= rows;
  }

  void Up() {
    fn >>= 1;
    sn >>= 1;
  }
};

}  // namespace

Status CheckInclusion(std::string_view leaf_hash, std::uint64_t index, const TreeHead& head,
                      const Proof& proof) {
  if (!IsHash(leaf_hash) || !IsHead(head) || !IsPath(proof)) return NoProof("no inclusion proof");
  if (index >= head.size) return NoProof("the leaf lies outside of the tree");
  TreeHasher hasher;
  Climb climb{index, head.size - 1};
  std::string root(leaf_hash);
  for (const std::string& sibling : proof) {
    if (climb.IsAtTheTop()) return NoProof("the proof is too long");
    if (climb.IsRightChild()) {
      root = hasher.Node(sibling, root);
      climb.SkipToSibling();
    } else {
      root = hasher.Node(root, sibling);
    }
    climb.Up();
  }
  if (!climb.IsAtTheTop()) return NoProof("the proof is too short");
  if (root != head.root) return NotProved("the proof does not lead from the leaf to the root");
  return absl::OkStatus();
}

Status CheckConsistency(const TreeHead& first, const TreeHead& second, const Proof& proof) {
  if (!IsHead(first) || !IsHead(second) || !IsPath(proof)) return NoProof("no consistency proof");
  if (first.size > second.size) return NoProof("the first tree is the larger");
  const bool needs_no_proof = first.size == 0 || first.size == second.size;
  if (needs_no_proof != proof.empty()) return NoProof("the proof is of the wrong length");
  if (first.size == second.size && first.root != second.root)
    return NotProved("two roots for one size");
  if (needs_no_proof) return absl::OkStatus();

  TreeHasher hasher;
  Climb climb{first.size - 1, second.size - 1};
  const int whole_rows = std::countr_one(climb.fn);
  climb.fn >>= whole_rows;
  climb.sn >>= whole_rows;
  // A first tree of a power of two is a node of the second, and its root stands for itself.
  const bool is_whole = std::has_single_bit(first.size);
  std::string first_root = is_whole ? first.root : proof[0];
  std::string second_root = first_root;
  for (std::size_t i = is_whole ? 0 : 1; i < proof.size(); ++i) {
    if (climb.IsAtTheTop()) return NoProof("the proof is too long");
    if (climb.IsRightChild()) {
      first_root = hasher.Node(proof[i], first_root);
      second_root = hasher.Node(proof[i], second_root);
      climb.SkipToSibling();
    } else {
      second_root = hasher.Node(second_root, proof[i]);
    }
    climb.Up();
  }
  if (!climb.IsAtTheTop()) return NoProof("the proof is too short");
  if (first_root != first.root) return NotProved("the proof does not lead to the first root");
  if (second_root != second.root) return NotProved("the proof does not lead to the second root");
  return absl::OkStatus();
}

}  // namespace hq::ledger
