// Goal: what an archive has is told from its names alone, whatever was lost, repeated or forked.
// Method: lists of names, and the pieces that they make.
#include "services/ledger/core/archive_layout.hpp"

#include <gtest/gtest.h>

#include <random>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

TEST(ArchiveLayout, NamesOfSegmentsAreOnesAndReadBack) {
  const SegmentName name{1, 1, 20};
  const std::string text = FormatSegmentName(name);
  EXPECT_EQ(text, "segments/0000000001/00000000000000000001-00000000000000000020.seg");
  EXPECT_EQ(ParseSegmentName(text), name);
  EXPECT_TRUE(IsArchiveName(text));
  const SegmentName largest{9'999'999'999, ~0ULL, ~0ULL};
  EXPECT_EQ(ParseSegmentName(FormatSegmentName(largest)), largest);
}

TEST(ArchiveLayout, WhatIsNoSegmentIsNone) {
  for (const char* text : {"", "segments/", "segments/0000000001/1-2.seg",
                           "segments/0000000000/00000000000000000001-00000000000000000020.seg",
                           "segments/0000000001/00000000000000000000-00000000000000000020.seg",
                           "segments/0000000001/00000000000000000021-00000000000000000020.seg",
                           "segments/0000000001/00000000000000000001-00000000000000000020.seg.tmp",
                           "segments/0000000001/0000000000000000000a-00000000000000000020.seg",
                           "segments/0000000001/00000000000000000001-99999999999999999999.seg",
                           "segments/0000000001/-0000000000000000001-00000000000000000020.seg",
                           "images/0000000001/00000000000000000001-00000000000000000020.seg"})
    EXPECT_FALSE(ParseSegmentName(text).has_value()) << text;
}

TEST(ArchiveLayout, NamesStayInsideTheArchive) {
  for (const char* text : {"a", "a/b", "images/20261127/manifest", "a.b-c_D/0..1"})
    EXPECT_TRUE(IsArchiveName(text)) << text;
  for (const std::string& text :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"),
        std::string("../a"), std::string("a/../b"), std::string("./a"), std::string("a b"),
        std::string("a\nb"), std::string("a\0b", 3), std::string("ä"), std::string("a%2f"),
        std::string(513, 'a')})
    EXPECT_FALSE(IsArchiveName(text)) << text;
  EXPECT_TRUE(IsArchiveName(BlobName(Sha256("x"))));
  EXPECT_EQ(ParseForkName(ForkName(7)), 7U);
  EXPECT_FALSE(ParseForkName("forks/7").has_value());
}

Coverage CoverageIn(std::uint64_t epoch, const std::vector<SegmentName>& segments,
                    const std::vector<Fork>& forks = {}) {
  const auto coverage = CoverageOf(epoch, segments, forks);
  EXPECT_TRUE(coverage.ok()) << coverage.status();
  return coverage.value_or(Coverage());
}

TEST(ArchiveLayout, SegmentsInAnyOrderCoverWhatTheyHold) {
  const auto coverage = CoverageIn(1, {{1, 11, 20}, {1, 1, 10}, {1, 21, 21}});
  const std::vector<Piece> pieces = {
      {{1, 1, 10}, 1, 10}, {{1, 11, 20}, 11, 20}, {{1, 21, 21}, 21, 21}};
  EXPECT_EQ(coverage.pieces, pieces);
  EXPECT_EQ(coverage.end, 21U);
  EXPECT_EQ(coverage.beyond, 0U);
  EXPECT_EQ(CoverageIn(1, {}).end, 0U);
}

TEST(ArchiveLayout, AHoleEndsTheCoverageAndIsNamed) {
  const auto coverage = CoverageIn(1, {{1, 1, 10}, {1, 14, 20}, {1, 21, 30}});
  EXPECT_EQ(coverage.end, 10U);
  EXPECT_EQ(coverage.beyond, 14U);
  EXPECT_EQ(CoverageIn(1, {{1, 5, 9}}).beyond, 5U);
}

TEST(ArchiveLayout, SegmentsThatOverlapCountOnce) {
  const auto coverage = CoverageIn(1, {{1, 1, 10}, {1, 1, 25}, {1, 11, 20}, {1, 21, 40}});
  const std::vector<Piece> pieces = {{{1, 1, 25}, 1, 25}, {{1, 21, 40}, 26, 40}};
  EXPECT_EQ(coverage.pieces, pieces);
  EXPECT_EQ(coverage.end, 40U);
}

TEST(ArchiveLayout, ALifeBeginsWhereItWasRestoredTo) {
  const std::vector<SegmentName> segments = {
      {1, 1, 10}, {1, 11, 20}, {2, 16, 18}, {2, 19, 30}, {3, 18, 40}};
  const std::vector<Fork> forks = {{1, 2, 15}, {2, 3, 17}};
  const std::vector<Piece> first = {{{1, 1, 10}, 1, 10}, {{1, 11, 20}, 11, 20}};
  const std::vector<Piece> second = {
      {{1, 1, 10}, 1, 10}, {{1, 11, 20}, 11, 15}, {{2, 16, 18}, 16, 18}, {{2, 19, 30}, 19, 30}};
  const std::vector<Piece> third = {
      {{1, 1, 10}, 1, 10}, {{1, 11, 20}, 11, 15}, {{2, 16, 18}, 16, 17}, {{3, 18, 40}, 18, 40}};
  EXPECT_EQ(CoverageIn(1, segments, forks).pieces, first);
  EXPECT_EQ(CoverageIn(2, segments, forks).pieces, second);
  EXPECT_EQ(CoverageIn(3, segments, forks).pieces, third);
}

TEST(ArchiveLayout, ALifeThatWentBackBehindTheOneBeforeLeavesItOut) {
  const std::vector<SegmentName> segments = {{1, 1, 20}, {2, 16, 30}, {3, 11, 12}};
  const std::vector<Fork> forks = {{1, 2, 15}, {2, 3, 10}};
  const std::vector<Piece> pieces = {{{1, 1, 20}, 1, 10}, {{3, 11, 12}, 11, 12}};
  EXPECT_EQ(CoverageIn(3, segments, forks).pieces, pieces);
}

TEST(ArchiveLayout, AHoleInAnEarlierLifeIsAHole) {
  const auto coverage = CoverageIn(2, {{1, 1, 8}, {2, 16, 30}}, {{1, 2, 15}});
  EXPECT_EQ(coverage.end, 8U);
  EXPECT_EQ(coverage.beyond, 16U);
}

TEST(ArchiveLayout, WithoutItsForkALifeCannotBeToldOf) {
  for (const std::vector<Fork>& forks :
       {std::vector<Fork>{}, std::vector<Fork>{{2, 2, 1}}, std::vector<Fork>{{0, 2, 1}},
        std::vector<Fork>{{1, 3, 1}}})
    EXPECT_EQ(AdviceOf(CoverageOf(2, {{2, 2, 3}}, forks).status()).reason, "FORK_UNKNOWN");
}

}  // namespace
}  // namespace hq::ledger
