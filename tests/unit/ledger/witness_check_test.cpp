// Goal: the ledger serves exactly when nothing that was seen of it outside speaks against the tree
// that is here. Method: heads as given, the decision as expected.
#include "services/ledger/core/witness_check.hpp"

#include <gtest/gtest.h>

namespace hq::ledger {
namespace {

constexpr Hearing kNobodyToHear;

std::string ReasonOf(std::uint64_t size, const std::vector<SeenHead>& seen,
                     const Hearing& hearing = kNobodyToHear) {
  const Status status = CheckAgainstWitnesses(size, seen, hearing);
  return status.ok() ? "serves" : AdviceOf(status).reason;
}

SeenHead Fits(std::uint64_t size) { return {"billing", {size, "root"}, "root", false, ""}; }
SeenHead Differs(std::uint64_t size) { return {"sync", {size, "root"}, "another", false, ""}; }
SeenHead Ahead(std::uint64_t size) { return {"notify", {size, "root"}, "", false, ""}; }
SeenHead OfOther(std::uint64_t size) {
  return {"decision", {size, "root"}, "", false, "hq-os/lost"};
}

TEST(WitnessCheck, ServesWhatFits) {
  EXPECT_EQ(ReasonOf(0, {}), "serves");
  EXPECT_EQ(ReasonOf(10, {}), "serves");
  EXPECT_EQ(ReasonOf(10, {Fits(0), Fits(9), Fits(10)}), "serves");
}

TEST(WitnessCheck, DoesNotServeBelowTheLargestSizeSeen) {
  EXPECT_EQ(ReasonOf(10, {Ahead(11)}), "WITNESS_AHEAD");
  EXPECT_EQ(ReasonOf(0, {Ahead(1)}), "WITNESS_AHEAD");
  const Status status = CheckAgainstWitnesses(10, {Ahead(12), Fits(3), Ahead(20), Ahead(11)}, {});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("20 records were seen by notify"), std::string::npos) << status;
  EXPECT_NE(status.message().find("10 here"), std::string::npos) << status;
  EXPECT_FALSE(AdviceOf(status).next_step.empty());
}

TEST(WitnessCheck, ALaterLifeIsAheadWhateverItsSize) {
  EXPECT_EQ(ReasonOf(10, {{"sync", {3, "root"}, "", true, ""}}), "WITNESS_AHEAD");
}

TEST(WitnessCheck, AnotherHistoryIsWorseThanAMissingEnd) {
  EXPECT_EQ(ReasonOf(10, {Differs(10)}), "WITNESS_DIVERGED");
  EXPECT_EQ(ReasonOf(10, {Ahead(11), Differs(4), Fits(2)}), "WITNESS_DIVERGED");
  EXPECT_EQ(CheckAgainstWitnesses(10, {Differs(4)}, {}).code(), absl::StatusCode::kDataLoss);
}

TEST(WitnessCheck, AnotherLedgerIsNotServedWhateverItsSizeAndWhoeverElseAgrees) {
  constexpr Hearing kAllHeard{4, 4, true};
  for (const std::uint64_t size : {0, 1, 10, 11}) {
    EXPECT_EQ(ReasonOf(10, {OfOther(size)}), "WITNESS_DIVERGED") << size;
    EXPECT_EQ(ReasonOf(10, {Fits(10), Fits(3), OfOther(size)}, kAllHeard), "WITNESS_DIVERGED");
  }
  EXPECT_EQ(ReasonOf(0, {OfOther(5)}, {4, 0, false}), "WITNESS_DIVERGED");
  // It says so before all else: records that are missing in the wrong ledger are no news.
  const Status status = CheckAgainstWitnesses(0, {Differs(0), Ahead(20), OfOther(307)}, kAllHeard);
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  for (const char* told : {"not the ledger that decision has vouched for", "hq-os/lost", "307"})
    EXPECT_NE(status.message().find(told), std::string::npos) << status;
  for (const char* step :
       {"right disk", "hq-ledger repair", "hq-ledger restore", "witnessed_other"})
    EXPECT_NE(AdviceOf(status).next_step.find(step), std::string::npos) << step;
}

TEST(WitnessCheck, WaitsForHalfOfTheWitnessesWhilePatienceLasts) {
  EXPECT_EQ(ReasonOf(10, {}, {4, 0, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 1, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 2, false}), "serves");
  EXPECT_EQ(ReasonOf(10, {}, {1, 0, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {1, 1, false}), "serves");
  EXPECT_EQ(ReasonOf(10, {}, {3, 1, false}), "WITNESSES_AWAITED");
  EXPECT_EQ(ReasonOf(10, {}, {4, 0, true}), "serves");
  EXPECT_EQ(CheckAgainstWitnesses(10, {}, {4, 0, false}).code(), absl::StatusCode::kUnavailable);
}

TEST(WitnessCheck, WhatIsKnownAlreadyIsNotWaitedFor) {
  EXPECT_EQ(ReasonOf(10, {Ahead(11)}, {4, 0, false}), "WITNESS_AHEAD");
  EXPECT_EQ(ReasonOf(10, {Differs(3)}, {4, 4, true}), "WITNESS_DIVERGED");
}

}  // namespace
}  // namespace hq::ledger
