// Goal: a history is walked only if every link, id and tree in it is right. Method: a chain made by
// the committer's own function, walked as it is and with one thing wrong at a time.
#include "services/ledger/core/history_walk.hpp"

#include <gtest/gtest.h>

#include "common/transparency/checkpoint.hpp"
#include "tests/unit/ledger/grown_tree.hpp"

namespace hq::ledger {
namespace {

std::vector<std::string> Chain(std::size_t count) {
  ChainHead head;
  head.log_id = "a-log";
  std::vector<std::string> records;
  for (std::size_t i = 0; i < count; ++i) {
    v1::Record draft;
    draft.set_stream(i % 3 == 0 ? "ledger" : "entry-koosy");
    draft.set_version(i % 3 == 0 ? i / 3 + 1 : i);
    records.push_back(Extend(head, draft, 1'795'780'800'000'000).bytes);
  }
  return records;
}

std::string ReasonOf(const Status& status) { return AdviceOf(status).reason; }

TEST(HistoryWalk, KnowsAtTheEndWhatALedgerWouldKnow) {
  const auto records = Chain(10);
  HistoryWalk walk;
  for (const auto& record : records) ASSERT_TRUE(walk.Take(record).ok());
  EXPECT_EQ(walk.head().log_id, "a-log");
  EXPECT_EQ(walk.head().position, 10U);
  EXPECT_EQ(walk.head().hash, LeafHash(records.back()));
  EXPECT_EQ(walk.own_version(), 4U);
  EXPECT_EQ(walk.tree_head().size, 10U);
  EXPECT_EQ(walk.tree_head().root, DefinedRoot(records, 0, 10));
}

TEST(HistoryWalk, AHoleARepetitionAndAChangeBreakIt) {
  const auto records = Chain(4);
  const auto walk_to_two = [&] {
    HistoryWalk walk;
    EXPECT_TRUE(walk.Take(records[0]).ok());
    EXPECT_TRUE(walk.Take(records[1]).ok());
    return walk;
  };
  auto walk = walk_to_two();
  EXPECT_EQ(ReasonOf(walk.Take(records[3])), "CHAIN_BROKEN");
  walk = walk_to_two();
  EXPECT_EQ(ReasonOf(walk.Take(records[1])), "CHAIN_BROKEN");
  walk = walk_to_two();
  v1::Record changed;
  ASSERT_TRUE(changed.ParseFromString(records[2]));
  changed.set_status("other");
  ASSERT_TRUE(
      walk.Take(changed.SerializeAsString()).ok());  // Its own bytes are proven by the next.
  EXPECT_EQ(ReasonOf(walk.Take(records[3])), "CHAIN_BROKEN");
  walk = walk_to_two();
  changed.set_id("TXN-20261127-001");  // An id that was issued before.
  EXPECT_EQ(ReasonOf(walk.Take(changed.SerializeAsString())), "CHAIN_BROKEN");
  HistoryWalk other("another-log");
  EXPECT_EQ(ReasonOf(other.Take(records[0])), "CHAIN_BROKEN");
}

TEST(HistoryWalk, TreesThatAreVouchedForMustCome) {
  const auto records = Chain(5);
  HistoryWalk walk;
  EXPECT_TRUE(*walk.Expect({3, DefinedRoot(records, 0, 3)}));
  EXPECT_TRUE(*walk.Expect({4, Sha256("another tree")}));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(walk.Take(records[static_cast<std::size_t>(i)]).ok());
  EXPECT_TRUE(*walk.Expect({3, DefinedRoot(records, 0, 3)}));
  EXPECT_FALSE(*walk.Expect({2, Sha256("it is too late for that")}));
  EXPECT_EQ(ReasonOf(walk.Expect({3, Sha256("another tree")}).status()), "TREE_DIFFERS");
  EXPECT_EQ(ReasonOf(walk.Expect({4, DefinedRoot(records, 0, 4)}).status()), "TREE_DIFFERS");
  EXPECT_EQ(ReasonOf(walk.Take(records[3])), "TREE_DIFFERS");
}

}  // namespace
}  // namespace hq::ledger
