#include "services/ledger/core/hash_chain.hpp"

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <set>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

constexpr std::int64_t kNowUs = 1'768'557'600'000'000;

ChainHead Empty() {
  ChainHead head;
  head.log_id = "log";
  return head;
}

v1::Record Draft(const std::string& status = "") {
  v1::Record draft;
  draft.set_stream("entry-koosy");
  draft.set_version(1);
  draft.set_branch("koosy");
  draft.set_event("page_seen");
  draft.set_status(status);
  return draft;
}

std::vector<std::string> ChainOf(int count) {
  ChainHead head = Empty();
  std::vector<std::string> chain;
  for (int i = 0; i < count; ++i) chain.push_back(Extend(head, Draft(), kNowUs).bytes);
  return chain;
}

// The position at which following the chain fails; 0 if it holds.
Position BreaksAt(const std::vector<std::string>& chain) {
  ChainHead head = Empty();
  for (const auto& bytes : chain) {
    const Status status = Follow(head, bytes);
    if (status.ok()) continue;
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    return head.position + 1;
  }
  return 0;
}

TEST(HashChainTest, TheLeafHashIsTheOneOfRfc6962) {
  // The test vector of the certificate transparency tree: the empty leaf.
  EXPECT_EQ(Hex(LeafHash("")), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
}

TEST(HashChainTest, ExtendFillsInTheLink) {
  ChainHead head = Empty();
  const Link first = Extend(head, Draft(), kNowUs);
  EXPECT_EQ(first.record.position(), 1U);
  EXPECT_EQ(first.record.previous_hash(), ZeroHash());
  EXPECT_EQ(first.record.id(), "TXN-20260116-001");
  EXPECT_EQ(first.record.recorded_at_us(), kNowUs);
  EXPECT_EQ(first.record.occurred_at_us(), kNowUs);
  EXPECT_EQ(first.bytes, first.record.SerializeAsString());
  EXPECT_EQ(head.hash, LeafHash(first.bytes));
  const Link second = Extend(head, Draft(), kNowUs - 1'000'000);
  EXPECT_EQ(second.record.previous_hash(), LeafHash(first.bytes));
  EXPECT_EQ(second.record.recorded_at_us(), kNowUs + 1);
  EXPECT_EQ(HeadAfter(second.bytes)->hash, head.hash);
}

TEST(HashChainTest, FollowsWhatExtendMade) { EXPECT_EQ(BreaksAt(ChainOf(20)), 0U); }

TEST(HashChainTest, EveryFlippedBitBreaksIt) {
  const google::protobuf::LogSilencer silence;  // Of the parser, about bytes that are no text.
  const auto chain = ChainOf(3);
  for (std::size_t byte = 0; byte < chain[1].size(); ++byte)
    for (int bit = 0; bit < 8; ++bit) {
      auto tampered = chain;
      tampered[1][byte] = static_cast<char>(tampered[1][byte] ^ (1 << bit));
      EXPECT_NE(BreaksAt(tampered), 0U) << "byte " << byte << " bit " << bit;
    }
}

TEST(HashChainTest, LeavingOutSwappingOrRepeatingBreaksIt) {
  const auto chain = ChainOf(4);
  EXPECT_EQ(BreaksAt({chain[0], chain[2], chain[3]}), 2U);
  EXPECT_EQ(BreaksAt({chain[1]}), 1U);
  EXPECT_EQ(BreaksAt({chain[0], chain[2], chain[1], chain[3]}), 2U);
  EXPECT_EQ(BreaksAt({chain[0], chain[0], chain[1]}), 2U);
  EXPECT_EQ(BreaksAt({chain[0], chain[1]}), 0U) << "the end is told by the head alone";
}

TEST(HashChainTest, ARecordOfAnotherLedgerBreaksIt) {
  ChainHead other;
  other.log_id = "other";
  EXPECT_EQ(BreaksAt({Extend(other, Draft(), kNowUs).bytes}), 1U);
}

TEST(HashChainTest, NoIdIsIssuedBelowTheFloor) {
  ChainHead head = Empty();
  head.id_floor = {"20260116", 5'000};
  EXPECT_EQ(Extend(head, Draft(), kNowUs).record.id(), "TXN-20260116-5000");
  EXPECT_EQ(Extend(head, Draft(), kNowUs).record.id(), "TXN-20260116-5001");
  head = Empty();
  head.id_floor = {"20260115", 5'000};  // Of a day that is over.
  EXPECT_EQ(Extend(head, Draft(), kNowUs).record.id(), "TXN-20260116-001");
}

}  // namespace
}  // namespace hq::ledger
