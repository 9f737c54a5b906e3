// Proofs of the Merkle tree. In a small tree the proof of a fact is the only one there is: whatever
// else is presented must be refused. In a tree of any size it is held against the definition.
#include "common/transparency/proof.hpp"

#include <algorithm>
#include <optional>
#include <span>

#include "common/base/check.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

using ledger::TreeHead;

std::string Leaf(std::size_t index) { return LeafHash(std::to_string(index)); }

// RFC 9162, section 2.1.1: MTH(D[begin:end]) over the leaves whose content is their index.
std::string Root(std::size_t begin, std::size_t end) {
  if (begin == end) return ledger::EmptyRoot();
  if (end - begin == 1) return Leaf(begin);
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  return ledger::TreeHasher().Node(Root(begin, begin + k), Root(begin + k, end));
}

TreeHead Head(std::size_t size) { return {size, Root(0, size)}; }

// Section 2.1.3.1: PATH(m, D[begin:end]).
ledger::Proof Path(std::size_t m, std::size_t begin, std::size_t end) {
  if (end - begin == 1) return {};
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = m < k;
  ledger::Proof path = is_left ? Path(m, begin, begin + k) : Path(m - k, begin + k, end);
  path.push_back(is_left ? Root(begin + k, end) : Root(begin, begin + k));
  return path;
}

// Section 2.1.4.1: SUBPROOF(m, D[begin:end], is_whole).
ledger::Proof SubProof(std::size_t m, std::size_t begin, std::size_t end, bool is_whole) {
  if (m == end - begin) return is_whole ? ledger::Proof() : ledger::Proof{Root(begin, end)};
  std::size_t k = 1;
  while (2 * k < end - begin) k *= 2;
  const bool is_left = m <= k;
  ledger::Proof proof =
      is_left ? SubProof(m, begin, begin + k, is_whole) : SubProof(m - k, begin + k, end, false);
  proof.push_back(is_left ? Root(begin + k, end) : Root(begin, begin + k));
  return proof;
}

// The proof as the input would have it: hashes dropped, doubled, exchanged, lengthened, bits
// turned.
ledger::Proof Tampered(ledger::Proof proof, Input& input) {
  while (!input.is_empty()) {
    const std::uint8_t what = input.Byte();
    const std::size_t at = proof.empty() ? 0 : input.Byte() % proof.size();
    if (what % 6 == 0) proof.push_back(std::string(ledger::kHashBytes, 'x'));
    if (proof.empty()) continue;
    if (what % 6 == 1) proof.pop_back();
    if (what % 6 == 2) proof.insert(proof.begin(), proof[at]);
    if (what % 6 == 3) std::swap(proof[at], proof.back());
    if (what % 6 == 4 && !proof[at].empty())
      proof[at][input.Byte() % proof[at].size()] ^= static_cast<char>(input.Byte());
    if (what % 6 == 5) proof[at].resize(input.Byte() % 40, 'y');
  }
  return proof;
}

bool Inclusion(Input& input) {
  const std::size_t size = 1 + input.Below(40);
  const std::size_t index = input.Below(size - 1);
  const auto said = static_cast<std::size_t>(input.Below(size));
  const ledger::Proof genuine = Path(index, 0, size);
  HQ_CHECK(CheckInclusion(Leaf(index), index, Head(size), genuine).ok(), "a true proof holds");
  const ledger::Proof proof = Tampered(genuine, input);
  const Status status = CheckInclusion(Leaf(index), said, Head(size), proof);
  HQ_CHECK(status.ok() == (said == index && proof == genuine), "no other proof holds");
  if (!status.ok()) CheckRefusal(status);
  return status.ok();
}

bool Consistency(Input& input) {
  const std::size_t second = 1 + input.Below(40);
  const std::size_t first = input.Below(second);
  const ledger::Proof genuine = first == 0 ? ledger::Proof() : SubProof(first, 0, second, true);
  HQ_CHECK(CheckConsistency(Head(first), Head(second), genuine).ok(), "a true proof holds");
  TreeHead told = Head(first);
  if (first > 0 && input.Byte() == 1) told.root = Leaf(99);
  const ledger::Proof proof = Tampered(genuine, input);
  const Status status = CheckConsistency(told, Head(second), proof);
  HQ_CHECK(status.ok() == (told.root == Root(0, first) && proof == genuine),
           "no other proof holds");
  if (!status.ok()) CheckRefusal(status);
  return status.ok();
}

std::uint64_t SplitOf(std::uint64_t size) {
  std::uint64_t k = 1;
  while (2 * k < size) k *= 2;
  return k;
}

// The root to which hashes lead, by section 2.1.3.1 read backwards; nothing if they are too few or
// too many.
std::optional<std::string> RootBy(const std::string& leaf, std::uint64_t m, std::uint64_t size,
                                  std::span<const std::string> path) {
  if (size == 1) return path.empty() ? std::optional(leaf) : std::nullopt;
  if (path.empty()) return std::nullopt;
  const std::uint64_t k = SplitOf(size);
  const auto rest = path.first(path.size() - 1);
  const auto below = m < k ? RootBy(leaf, m, k, rest) : RootBy(leaf, m - k, size - k, rest);
  if (!below) return std::nullopt;
  return m < k ? ledger::TreeHasher().Node(*below, path.back())
               : ledger::TreeHasher().Node(path.back(), *below);
}

// The two roots to which hashes lead, by section 2.1.4.1 read backwards.
struct Roots {
  std::string first;
  std::string second;
};
std::optional<Roots> RootsBy(const std::string& first_root, std::uint64_t m, std::uint64_t size,
                             bool is_whole, std::span<const std::string> path) {
  if (m == size && is_whole)
    return path.empty() ? std::optional(Roots{first_root, first_root}) : std::nullopt;
  if (m == size) return path.size() == 1 ? std::optional(Roots{path[0], path[0]}) : std::nullopt;
  if (path.empty()) return std::nullopt;
  const std::uint64_t k = SplitOf(size);
  const auto rest = path.first(path.size() - 1);
  ledger::TreeHasher hasher;
  if (m <= k) {
    const auto below = RootsBy(first_root, m, k, is_whole, rest);
    if (!below) return std::nullopt;
    return Roots{below->first, hasher.Node(below->second, path.back())};
  }
  const auto below = RootsBy(first_root, m - k, size - k, false, rest);
  if (!below) return std::nullopt;
  return Roots{hasher.Node(path.back(), below->first), hasher.Node(path.back(), below->second)};
}

bool AreHashes(const ledger::Proof& proof) {
  return proof.size() <= ledger::kProofHashesMax &&
         std::all_of(proof.begin(), proof.end(),
                     [](const std::string& hash) { return hash.size() == ledger::kHashBytes; });
}

bool IsHead(const TreeHead& head) {
  return head.size <= ledger::kTreeSizeMax && head.root.size() == ledger::kHashBytes &&
         (head.size > 0 || head.root == ledger::EmptyRoot());
}

bool IsConsistent(const TreeHead& first, const TreeHead& second, const ledger::Proof& proof) {
  if (!AreHashes(proof) || !IsHead(first) || !IsHead(second) || first.size > second.size)
    return false;
  if (first.size == 0) return proof.empty();
  const auto roots = RootsBy(first.root, first.size, second.size, true, proof);
  return roots && roots->first == first.root && roots->second == second.root;
}

bool IsIncluded(const std::string& leaf, std::uint64_t index, const TreeHead& head,
                const ledger::Proof& proof) {
  return AreHashes(proof) && IsHead(head) && index < head.size &&
         RootBy(leaf, index, head.size, proof) == head.root;
}

// Sizes and hashes of anybody's choice: what is believed is what the RFC's definition makes of it.
bool Anything(Input& input) {
  const TreeHead first{input.Number(), input.Text()};
  const TreeHead second{input.Number(), input.Text()};
  const std::uint64_t index = input.Number();
  const std::string leaf = Leaf(index % 7);
  ledger::Proof proof;
  while (!input.is_empty()) proof.push_back(input.Text());
  const Status consistent = CheckConsistency(first, second, proof);
  HQ_CHECK(consistent.ok() == IsConsistent(first, second, proof), "consistency is as defined");
  const Status included = CheckInclusion(leaf, index, first, proof);
  HQ_CHECK(included.ok() == IsIncluded(leaf, index, first, proof), "inclusion is as defined");
  return consistent.ok() || included.ok();
}

}  // namespace

bool Proof(std::string_view bytes) {
  Input input(bytes);
  switch (input.Byte() % 3) {
    case 0:
      return Inclusion(input);
    case 1:
      return Consistency(input);
    default:
      return Anything(input);
  }
}

}  // namespace hq::fuzz
