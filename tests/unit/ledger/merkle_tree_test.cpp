#include <absl/strings/escaping.h>
#include <gtest/gtest.h>

#include "common/base/ids.hpp"
#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kRandomSizeMax = 600;

// The tree by which certificate transparency logs have always been tested: eight leaves, and the
// root at every size.
const std::vector<std::string>& KnownRecords() {
  static const auto* records = [] {
    auto* made = new std::vector<std::string>;
    for (const char* hex : {"", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                            "606162636465666768696a6b6c6d6e6f"})
      made->push_back(absl::HexStringToBytes(hex));
    return made;
  }();
  return *records;
}

constexpr std::array kKnownRoots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

std::vector<std::string> HexOf(const Result<Proof>& proof) {
  std::vector<std::string> hex;
  for (const std::string& hash : proof.value()) hex.push_back(Hex(hash));
  return hex;
}

TEST(MerkleTreeTest, KnowsTheRootsOfTheKnownTree) {
  const GrownTree grown(KnownRecords());
  Prover prover(grown.Tiles());
  for (std::size_t size = 0; size < kKnownRoots.size(); ++size) {
    EXPECT_EQ(Hex(grown.HeadAt(size).root), kKnownRoots[size]) << size;
    EXPECT_EQ(Hex(*prover.RootAt(size)), kKnownRoots[size]) << size;
    EXPECT_EQ(Hex(DefinedRoot(KnownRecords(), 0, size)), kKnownRoots[size]) << size;
  }
}

TEST(MerkleTreeTest, MakesTheProofsOfTheKnownTree) {
  using Hashes = std::vector<std::string>;
  const std::string leaf_0 = kKnownRoots[1];
  const std::string leaf_1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
  const std::string leaf_4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
  const std::string leaf_6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f";
  const std::string from_2_to_4 =
      "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
  const std::string from_4_to_6 =
      "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";
  const std::string from_6_to_8 =
      "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
  const std::string from_4_to_8 =
      "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
  const std::string from_0_to_4 = kKnownRoots[4];
  const GrownTree grown(KnownRecords());
  Prover prover(grown.Tiles());
  EXPECT_EQ(HexOf(prover.Inclusion(0, 1)), Hashes());
  EXPECT_EQ(HexOf(prover.Inclusion(0, 8)), Hashes({leaf_1, from_2_to_4, from_4_to_8}));
  EXPECT_EQ(HexOf(prover.Inclusion(5, 8)), Hashes({leaf_4, from_6_to_8, from_0_to_4}));
  EXPECT_EQ(HexOf(prover.Inclusion(2, 3)), Hashes({kKnownRoots[2]}));
  EXPECT_EQ(HexOf(prover.Inclusion(1, 5)), Hashes({leaf_0, from_2_to_4, leaf_4}));
  EXPECT_EQ(HexOf(prover.Consistency(1, 1)), Hashes());
  EXPECT_EQ(HexOf(prover.Consistency(1, 8)), Hashes({leaf_1, from_2_to_4, from_4_to_8}));
  EXPECT_EQ(HexOf(prover.Consistency(6, 8)), Hashes({from_4_to_6, from_6_to_8, from_0_to_4}));
  EXPECT_EQ(HexOf(prover.Consistency(2, 5)), Hashes({from_2_to_4, leaf_4}));
  EXPECT_EQ(HexOf(prover.Consistency(6, 7)), Hashes({from_4_to_6, leaf_6, from_0_to_4}));
}

TEST(MerkleTreeTest, EveryRootIsTheDefinedOne) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto records = RandomRecords(kRandomSizeMax, random);
  const GrownTree grown(records);
  Prover prover(grown.Tiles());
  for (std::size_t size = 0; size <= records.size(); ++size) {
    const std::string defined = DefinedRoot(records, 0, size);
    EXPECT_EQ(Hex(grown.HeadAt(size).root), Hex(defined)) << size;
    EXPECT_EQ(Hex(prover.RootAt(size).value()), Hex(defined)) << size;
  }
}

TEST(MerkleTreeTest, AFrontierGoesOnWhereItWasWritten) {
  std::mt19937_64 random(1);
  const auto records = RandomRecords(kRandomSizeMax, random);
  const GrownTree grown(records);
  Frontier frontier;
  std::vector<TileHash> filled;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto again = Frontier::Parse(frontier.Serialize());
    ASSERT_TRUE(again.ok()) << again.status();
    frontier = *again;
    EXPECT_EQ(Hex(frontier.Root()), Hex(grown.HeadAt(i).root));
    frontier.Append(LeafHash(records[i]), filled);
  }
  EXPECT_EQ(filled.size(), records.size() / kTileWidth + (records.size() >> kMiddleHeight));
}

TEST(MerkleTreeTest, AFrontierOfAnotherLengthIsRefused) {
  std::mt19937_64 random(1);
  const GrownTree grown(RandomRecords(11, random));
  const std::string bytes = grown.tree().frontier().Serialize();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(Frontier::Parse(bytes.substr(0, size)).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(Frontier::Parse(bytes + "x").ok());
  EXPECT_FALSE(Frontier::Parse("\xff" + bytes.substr(1)).ok());
}

// The full tiles of a tree of `size` leaves, by level, then index.
std::vector<TileId> FullTiles(std::uint64_t size) {
  std::vector<TileId> full;
  for (unsigned level = 0; level < kTileLevels; ++level) {
    const std::uint64_t end = (size >> (kTileHeight * level)) / kTileWidth;
    for (std::uint64_t index = 0; index < end; ++index) full.push_back({level, index});
  }
  return full;
}

// The numbers of the example in C2SP tlog-tiles.
TEST(MerkleTreeTest, TilesAreCutAsC2spSays) {
  EXPECT_EQ(FullTiles(70'000).size(), 273U + 1U);
  const auto partial = PartialTiles(70'000);
  ASSERT_EQ(partial.size(), 3U);
  EXPECT_EQ(partial[0], (TileId{0, 273}));
  EXPECT_EQ(WidthOf(partial[0], 70'000), 112U);
  EXPECT_EQ(partial[1], (TileId{1, 1}));
  EXPECT_EQ(WidthOf(partial[1], 70'000), 17U);
  EXPECT_EQ(partial[2], (TileId{2, 0}));
  EXPECT_EQ(WidthOf(partial[2], 70'000), 1U);
  EXPECT_EQ(PartialTiles(256), std::vector<TileId>({{1, 0}}));
  EXPECT_EQ(WidthOf({0, 0}, 256), kTileWidth);
  EXPECT_EQ(WidthOf({0, 1}, 256), 0U);
  EXPECT_EQ(WidthOf({7, 0}, kTreeSizeMax), 127U);
  EXPECT_EQ(TilePath({0, 1'234'067}, kTileWidth), "tile/0/x001/x234/067");
  EXPECT_EQ(TilePath({2, 5}, 17), "tile/2/005.p/17");
}

TEST(MerkleTreeTest, ATileIsGivenAwayOnceAndHoldsTheDefinedRoots) {
  std::mt19937_64 random(2);
  const std::size_t count = kTileWidth * kTileWidth + kTileWidth + 3;
  const std::vector<std::string> records(count, "the same");
  const GrownTree grown(records);
  std::vector<TileId> full;
  for (const auto& [id, hashes] : grown.full_tiles()) full.push_back(id);
  EXPECT_EQ(full, FullTiles(count));
  for (const auto& [id, hashes] : grown.full_tiles()) {
    const std::size_t leaves = id.level == 0 ? 1 : kTileWidth;
    EXPECT_EQ(Hex(hashes.substr(0, kHashBytes)), Hex(DefinedRoot(records, 0, leaves)));
    EXPECT_EQ(hashes.size(), kTileWidth * kHashBytes);
  }
  for (const TileId& id : PartialTiles(count)) {
    const unsigned width = WidthOf(id, count);
    EXPECT_EQ(grown.tree().Read(id, width).value().size(), width * kHashBytes)
        << TilePath(id, width);
  }
  Prover prover(grown.Tiles());
  EXPECT_EQ(Hex(prover.RootAt(count).value()), Hex(DefinedRoot(records, 0, count)));
  for (const std::size_t index : {std::size_t{0}, std::size_t{255}, count - 260, count - 1}) {
    EXPECT_TRUE(CheckInclusion(LeafHash("the same"), index, grown.HeadAt(count),
                               prover.Inclusion(index, count).value())
                    .ok())
        << index;
  }
}

TEST(MerkleTreeTest, AMiddleRowHoldsTheDefinedRootsAndMakesTheSameProofs) {
  constexpr std::size_t kPart = 1U << kMiddleHeight;
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto records = RandomRecords(kRandomSizeMax, random);
  const GrownTree grown(records);
  for (std::size_t part = 0; part < records.size() / kPart; ++part) {
    const std::string middle = grown.Middles()(part * kPart / kTileWidth);
    const std::size_t at = part % (kTileWidth / kPart) * kHashBytes;
    ASSERT_LE(at + kHashBytes, middle.size()) << part;
    EXPECT_EQ(Hex(middle.substr(at, kHashBytes)),
              Hex(DefinedRoot(records, part * kPart, (part + 1) * kPart)));
  }
  Prover with(grown.Tiles(), grown.Middles());
  Prover without(grown.Tiles());
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t size = random() % records.size() + 1;
    const std::uint64_t first = random() % size;
    EXPECT_EQ(HexOf(with.Inclusion(first, size)), HexOf(without.Inclusion(first, size)));
    EXPECT_EQ(HexOf(with.Consistency(first, size)), HexOf(without.Consistency(first, size)));
  }
}

TEST(MerkleTreeTest, AReopenedTreeGoesOnAsIfItHadNotBeenClosed) {
  const std::size_t count = kTileWidth * kTileWidth + 2 * kTileWidth + 5;
  std::vector<std::string> records;
  for (std::size_t i = 0; i < count; ++i) records.push_back(std::to_string(i));
  const GrownTree grown(records);
  const LeafReader leaves = [&](std::uint64_t first, unsigned number) -> Result<std::string> {
    std::string hashes;
    for (unsigned i = 0; i < number; ++i) hashes += LeafHash(records[first + i]);
    return hashes;
  };
  auto again = GrowingTree::Restore(grown.tree().frontier(), leaves, grown.Tiles());
  ASSERT_TRUE(again.ok()) << again.status();
  GrowingTree original = grown.tree();
  for (int i = 0; i < 2 * static_cast<int>(kTileWidth); ++i) {
    again->Append(LeafHash("next"));
    original.Append(LeafHash("next"));
  }
  EXPECT_EQ(again->frontier(), original.frontier());
  const auto completed = again->TakeCompleted();
  const auto expected = original.TakeCompleted();
  ASSERT_EQ(completed.size(), expected.size());
  for (std::size_t i = 0; i < completed.size(); ++i) {
    EXPECT_EQ(Hex(completed[i].hashes), Hex(expected[i].hashes));
    EXPECT_EQ(Hex(completed[i].middle), Hex(expected[i].middle));
  }

  const TileReader damaged = [&](const TileId& id, unsigned width) -> Result<std::string> {
    HQ_ASSIGN_OR_RETURN(auto hashes, grown.Tiles()(id, width));
    hashes[0] = static_cast<char>(hashes[0] ^ 1);
    return hashes;
  };
  EXPECT_EQ(GrowingTree::Restore(grown.tree().frontier(), leaves, damaged).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(MerkleTreeTest, AProverRefusesWhatIsNotInTheTreeAndTilesThatAreTooShort) {
  std::mt19937_64 random(3);
  const GrownTree grown(RandomRecords(20, random));
  Prover prover(grown.Tiles());
  EXPECT_EQ(prover.Inclusion(20, 20).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(prover.Inclusion(0, 0).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(prover.Consistency(5, 4).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(prover.RootAt(~0ULL).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(prover.RootAt(21).ok()) << "the tree has only twenty leaves";
  Prover cut([](const TileId&, unsigned) -> Result<std::string> { return std::string(31, 'x'); });
  EXPECT_EQ(cut.RootAt(1).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace hq::ledger
