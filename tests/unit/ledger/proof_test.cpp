#include "common/transparency/proof.hpp"

#include <gtest/gtest.h>

#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

constexpr std::uint64_t kEverySizeMax = 130;

class ProofTest : public ::testing::Test {
 protected:
  static std::vector<std::string> Records() {
    std::mt19937_64 random(4);
    return RandomRecords(kEverySizeMax, random);
  }

  const std::vector<std::string> records_ = Records();
  const GrownTree grown_{records_};
  Prover prover_{grown_.Tiles()};
};

// All proofs that are near to this one, but not it.
std::vector<Proof> MutationsOf(const Proof& proof) {
  std::vector<Proof> mutations;
  const auto add = [&](const auto& change) {
    Proof mutated = proof;
    change(mutated);
    if (mutated != proof) mutations.push_back(std::move(mutated));
  };
  add([](Proof& p) { p.push_back(std::string(kHashBytes, '\0')); });
  add([](Proof& p) { p.insert(p.begin(), std::string(kHashBytes, '\0')); });
  add([](Proof& p) { p.resize(kProofHashesMax + 1, std::string(kHashBytes, 'x')); });
  for (std::size_t i = 0; i < proof.size(); ++i) {
    for (std::size_t bit = i % 8; bit < kHashBytes * 8; bit += 37)
      add([&](Proof& p) { p[i][bit / 8] = static_cast<char>(p[i][bit / 8] ^ (1 << bit % 8)); });
    add([&](Proof& p) { p[i].pop_back(); });
    add([&](Proof& p) { p[i] += '\0'; });
    add([&](Proof& p) { p.erase(p.begin() + static_cast<std::ptrdiff_t>(i)); });
    add([&](Proof& p) { p.insert(p.begin() + static_cast<std::ptrdiff_t>(i), p[i]); });
    add([&](Proof& p) { p.resize(i); });
    if (i > 0) add([&](Proof& p) { std::swap(p[i], p[i - 1]); });
  }
  return mutations;
}

TEST_F(ProofTest, EveryLeafOfEveryTreeIsProvedAndAtNoOtherPlace) {
  for (std::uint64_t size = 1; size <= kEverySizeMax; ++size) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const auto proof = prover_.Inclusion(index, size);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const std::string leaf = LeafHash(records_[index]);
      EXPECT_TRUE(CheckInclusion(leaf, index, grown_.HeadAt(size), *proof).ok())
          << index << " of " << size;
      for (const std::uint64_t other : {index + 1, index ^ 1, size - 1 - index, size, size + index})
        if (other != index) {
          EXPECT_FALSE(CheckInclusion(leaf, other, grown_.HeadAt(size), *proof).ok())
              << index << " of " << size << " taken for " << other;
        }
      EXPECT_FALSE(
          CheckInclusion(LeafHash(records_[index] + "x"), index, grown_.HeadAt(size), *proof).ok());
    }
  }
}

TEST_F(ProofTest, EveryTreeIsProvedToBeginEveryLargerOne) {
  for (std::uint64_t second = 0; second <= kEverySizeMax; ++second) {
    for (std::uint64_t first = 0; first <= second; ++first) {
      const auto proof = prover_.Consistency(first, second);
      ASSERT_TRUE(proof.ok()) << proof.status();
      EXPECT_TRUE(CheckConsistency(grown_.HeadAt(first), grown_.HeadAt(second), *proof).ok())
          << first << " to " << second;
      TreeHead other = grown_.HeadAt(first);
      other.root[7] = static_cast<char>(other.root[7] ^ 4);
      EXPECT_FALSE(CheckConsistency(other, grown_.HeadAt(second), *proof).ok());
      other = grown_.HeadAt(second);
      other.root[31] = static_cast<char>(other.root[31] ^ 1);
      if (first > 0) {
        EXPECT_FALSE(CheckConsistency(grown_.HeadAt(first), other, *proof).ok());
      }
    }
  }
}

TEST_F(ProofTest, NoMutatedInclusionProofHolds) {
  std::size_t count = 0;
  for (const std::uint64_t size : {1, 2, 3, 7, 8, 9, 64, 65, 100, 129, 130}) {
    for (std::uint64_t index = 0; index < size; ++index) {
      const Proof proof = prover_.Inclusion(index, size).value();
      for (const Proof& mutated : MutationsOf(proof)) {
        ++count;
        EXPECT_FALSE(
            CheckInclusion(LeafHash(records_[index]), index, grown_.HeadAt(size), mutated).ok())
            << index << " of " << size;
      }
    }
  }
  EXPECT_GT(count, 10'000U);
}

TEST_F(ProofTest, NoMutatedConsistencyProofHolds) {
  std::size_t count = 0;
  for (const std::uint64_t second : {1, 2, 3, 8, 9, 64, 65, 100, 130}) {
    for (std::uint64_t first = 0; first <= second; ++first) {
      const Proof proof = prover_.Consistency(first, second).value();
      for (const Proof& mutated : MutationsOf(proof)) {
        ++count;
        EXPECT_FALSE(CheckConsistency(grown_.HeadAt(first), grown_.HeadAt(second), mutated).ok())
            << first << " to " << second;
      }
    }
  }
  EXPECT_GT(count, 10'000U);
}

TEST_F(ProofTest, AProofOfOneTreeProvesNothingOfAnother) {
  const Proof proof = prover_.Consistency(40, 100).value();
  EXPECT_FALSE(CheckConsistency(grown_.HeadAt(41), grown_.HeadAt(100), proof).ok());
  EXPECT_FALSE(CheckConsistency(grown_.HeadAt(40), grown_.HeadAt(101), proof).ok());
  const Status backwards = CheckConsistency(grown_.HeadAt(100), grown_.HeadAt(40), proof);
  EXPECT_TRUE(absl::IsInvalidArgument(backwards)) << backwards;
  EXPECT_EQ(AdviceOf(backwards).reason, "PROOF_MALFORMED");
  TreeHead forged = grown_.HeadAt(100);
  forged.root = grown_.HeadAt(99).root;
  const Status refused = CheckConsistency(grown_.HeadAt(40), forged, proof);
  EXPECT_TRUE(absl::IsDataLoss(refused)) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "PROOF_REFUSED");
  TreeHead empty = grown_.HeadAt(0);
  empty.root = grown_.HeadAt(1).root;
  EXPECT_FALSE(CheckConsistency(empty, grown_.HeadAt(40), {}).ok()) << "an empty tree has one root";
}

// What a forger would do: pass off an inner node as a leaf, or a tree as a part of a larger one.
TEST_F(ProofTest, AWrongLengthIsRefusedEvenWhereItLeadsToTheRoot) {
  TreeHasher hasher;
  for (const std::uint64_t size : {2, 3, 8, 65, 130}) {
    Proof proof = prover_.Inclusion(0, size).value();
    std::string node = LeafHash(records_[0]);
    while (!proof.empty()) {
      node = hasher.Node(node, proof.front());
      proof.erase(proof.begin());
      EXPECT_FALSE(CheckInclusion(node, 0, grown_.HeadAt(size), proof).ok()) << size;
    }
  }
  const std::string leaf_0 = LeafHash(records_[0]);
  const std::string leaf_1 = LeafHash(records_[1]);
  EXPECT_FALSE(CheckInclusion(leaf_1, 0, {1, hasher.Node(leaf_0, leaf_1)}, {leaf_0}).ok());

  const TreeHead four_for_eight{8, grown_.HeadAt(4).root};
  EXPECT_FALSE(
      CheckConsistency(grown_.HeadAt(2), four_for_eight, prover_.Consistency(2, 4).value()).ok());
  Proof longer = prover_.Consistency(3, 4).value();
  longer.push_back(leaf_0);
  EXPECT_FALSE(CheckConsistency({3, hasher.Node(leaf_0, grown_.HeadAt(3).root)},
                                {4, hasher.Node(leaf_0, grown_.HeadAt(4).root)}, longer)
                   .ok());
}

TEST_F(ProofTest, SizesThatNoTreeHasAreRefused) {
  TreeHasher hasher;
  const Proof proof(kProofHashesMax, LeafHash("x"));
  std::string root = LeafHash("x");
  for (const std::string& sibling : proof) root = hasher.Node(root, sibling);
  EXPECT_EQ(CheckInclusion(LeafHash("x"), 0, {~0ULL, root}, proof).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(CheckConsistency({1, LeafHash("x")}, {~0ULL, root}, proof).code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace hq::ledger
