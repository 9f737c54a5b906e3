#include <future>
#include <set>
#include <thread>

#include "common/base/ids.hpp"
#include "tests/contract/event_log_contract.hpp"

namespace hq::testing {
namespace {

using absl::StatusCode;
using AppendContract = EventLogContract;

TEST_P(AppendContract, AnEmptyLedgerHasAHeadAtZero) {
  const auto head = As("sync")->Head();
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->head().position(), 0);
  EXPECT_EQ(head->head().hash(), ZeroHash());
  EXPECT_EQ(head->head().epoch(), 1);
  EXPECT_FALSE(head->head().log_id().empty());
}

TEST_P(AppendContract, PositionsVersionsAndIdsHaveNoGaps) {
  for (int i = 0; i < 3; ++i) {
    auto request = Request::Entry("koosy", "deploy");
    request.Plain("entry-koosy", "koosy", "pr_opened").Plain("entry-papafly", "papafly", "deploy");
    const auto response = Append("ann", request);
    ASSERT_TRUE(response.ok()) << response.status();
    const auto& receipt = response->receipt();
    EXPECT_EQ(receipt.first_position(), 3 * i + 1);
    EXPECT_EQ(receipt.last_position(), 3 * i + 3);
    ASSERT_EQ(receipt.ids_size(), 3);
    ASSERT_EQ(receipt.streams_size(), 2);
    EXPECT_EQ(receipt.streams(0).version(), 2 * i + 2);
    EXPECT_EQ(receipt.streams(1).version(), i + 1);
  }
  const auto records = All();
  ASSERT_EQ(records.size(), 9U);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(records[i].record.position(), i + 1);
    ids.insert(records[i].record.id());
  }
  EXPECT_EQ(ids.size(), 9U);
  EXPECT_EQ(records[0].record.id(), "TXN-20260116-001");
  EXPECT_EQ(records[8].record.id(), "TXN-20260116-009");
}

TEST_P(AppendContract, EveryRecordLinksToTheBytesBefore) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy")).ok());
  std::string previous = ZeroHash();
  for (const Recorded& recorded : All()) {
    EXPECT_EQ(recorded.record.previous_hash(), previous);
    previous = LeafHash(recorded.bytes);
  }
  EXPECT_EQ(As("ann")->Head()->head().hash(), previous);
}

TEST_P(AppendContract, RecordedTimesRiseWhileTheClockStands) {
  auto request = Request::Entry("koosy", "deploy");
  request.Plain("entry-koosy", "koosy", "deploy");
  ASSERT_TRUE(Append("ann", request).ok());
  clock_.Advance(std::chrono::hours(-1));
  ASSERT_TRUE(Append("ann", request).ok());
  std::int64_t last_us = 0;
  for (const Recorded& recorded : All()) {
    EXPECT_GT(recorded.record.recorded_at_us(), last_us);
    last_us = recorded.record.recorded_at_us();
  }
}

TEST_P(AppendContract, IdsCountFromOneEachDay) {
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy")).ok());
  clock_.Advance(std::chrono::hours(24));
  const auto next = Append("ann", Request::Entry("koosy", "deploy"));
  ASSERT_TRUE(next.ok());
  EXPECT_EQ(next->receipt().ids(0), "TXN-20260117-001");
}

TEST_P(AppendContract, WhoAppendedIsTheVerifiedCaller) {
  auto request = Request::Entry("koosy", "llm_generate");
  request->mutable_appends(0)->mutable_events(0)->set_tokens(1450);
  ASSERT_TRUE(Append("llm-koosy", request).ok());
  ASSERT_TRUE(
      Append("decision",
             Request().Event("kill_switch-global", "hq", KillSwitchOn()).For("ann", "hq_admin"))
          .ok());
  const auto records = All();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].record.producer(), "llm-koosy");
  EXPECT_EQ(records[0].record.actor(), "llm-koosy");
  EXPECT_EQ(records[0].record.role(), "llm");
  EXPECT_EQ(records[0].record.tokens(), 1450);
  EXPECT_EQ(records[1].record.producer(), "decision");
  EXPECT_EQ(records[1].record.actor(), "ann");
  EXPECT_EQ(records[1].record.role(), "hq_admin");
}

TEST_P(AppendContract, AWrongExpectedVersionAppendsNothing) {
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy").Expect(0)).ok());
  auto request = Request::Entry("papafly", "deploy");
  request.Plain("entry-koosy", "koosy", "deploy").Expect(0);
  const auto response = Append("ann", request);
  ExpectRefused(response.status(), StatusCode::kAborted);
  EXPECT_EQ(AdviceOf(response.status()).reason, "WRONG_EXPECTED_VERSION");
  EXPECT_EQ(All().size(), 1U);
}

TEST_P(AppendContract, AConditionThatMovedAppendsNothing) {
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy").If("kill_switch-global", 0)).ok());
  ASSERT_TRUE(Append("decision", Request().Event("kill_switch-global", "hq", KillSwitchOn())).ok());
  const auto response =
      Append("ann", Request::Entry("koosy", "deploy").If("kill_switch-global", 0));
  ExpectRefused(response.status(), StatusCode::kAborted);
  EXPECT_EQ(AdviceOf(response.status()).reason, "CONDITION_MOVED");
  EXPECT_TRUE(Append("ann", Request::Entry("koosy", "deploy").If("kill_switch-global", 1)).ok());
}

TEST_P(AppendContract, ARepeatedCommandGetsItsFirstReceiptWhateverHasMovedSince) {
  auto request = Request::Entry("koosy", "deploy").Expect(0).Id("command-1");
  const auto first = Append("ann", request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->repeated_command());
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy")).ok());
  const auto again = Append("ann", request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated_command());
  EXPECT_EQ(again->receipt().SerializeAsString(), first->receipt().SerializeAsString());
  EXPECT_EQ(All().size(), 2U);
}

TEST_P(AppendContract, ACommandIdIsNotForAnotherCommand) {
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy").Id("command-1")).ok());
  const auto other = Append("ann", Request::Entry("koosy", "pr_opened").Id("command-1"));
  ExpectRefused(other.status(), StatusCode::kAlreadyExists);
}

TEST_P(AppendContract, ACommandIdBelongsToItsProducerAndActor) {
  const auto switched = Request().Event("kill_switch-global", "hq", KillSwitchOn()).Id("same");
  auto for_ann = switched;
  auto for_bob = switched;
  ASSERT_TRUE(Append("decision", for_ann.For("ann", "hq_admin")).ok());
  ASSERT_TRUE(Append("decision", for_bob.For("bob", "hq_admin")).ok());
  ASSERT_TRUE(Append("ci", Request::Entry("koosy", "deploy").Id("same")).ok());
  EXPECT_EQ(All().size(), 3U);
}

TEST_P(AppendContract, ReadStreamTellsTheReceiptOfACommand) {
  ASSERT_TRUE(Append("decision", Request()
                                     .Event("kill_switch-global", "hq", KillSwitchOn())
                                     .For("ann", "hq_admin")
                                     .Id("command-1"))
                  .ok());
  ledger::v1::ReadStreamRequest read;
  read.set_stream("kill_switch-global");
  read.set_command_id("command-1");
  read.set_actor("ann");
  const auto known = As("decision")->ReadStream(read);
  ASSERT_TRUE(known.ok()) << known.status();
  ASSERT_TRUE(known->command_receipt.has_value());
  EXPECT_EQ(known->command_receipt->receipt().first_position(), 1);
  EXPECT_EQ(known->command_receipt->command_digest().size(), 32U);
  EXPECT_FALSE(As("sync")->ReadStream(read)->command_receipt.has_value());
}

TEST_P(AppendContract, AnotherLedgersCallerIsRefused) {
  auto request = Request::Entry("koosy", "deploy");
  request->set_log_id("another");
  ExpectRefused(Append("ann", request).status(), StatusCode::kFailedPrecondition);
  request->set_log_id(As("ann")->Head()->head().log_id());
  request->set_epoch(2);
  ExpectRefused(Append("ann", request).status(), StatusCode::kFailedPrecondition);
  request->set_epoch(1);
  EXPECT_TRUE(Append("ann", request).ok());
}

TEST_P(AppendContract, OfManyWhoExpectTheSameVersionOneWins) {
  constexpr int kCallers = 8;
  constexpr int kRounds = 10;
  std::vector<std::future<int>> wins;
  for (int caller = 0; caller < kCallers; ++caller)
    wins.push_back(std::async(std::launch::async, [this] {
      const auto log = As("ann");
      int won = 0;
      for (Version version = 0; version < kRounds;) {
        auto request = Request::Entry("koosy", "deploy").Expect(version);
        const auto response = log->Append(*request);
        if (response.ok()) ++won;
        ledger::v1::ReadStreamRequest read;
        read.set_stream("entry-koosy");
        version = log->ReadStream(read)->version;
      }
      return won;
    }));
  int won = 0;
  for (auto& win : wins) won += win.get();
  EXPECT_EQ(won, static_cast<int>(All().size()));
  EXPECT_GE(won, kRounds);
  Version version = 0;
  for (const Recorded& recorded : All()) EXPECT_EQ(recorded.record.version(), ++version);
}

TEST_P(AppendContract, BlobsAreNamedByTheirContent) {
  const std::string content(3'000'000, 'x');
  const auto stored = As("sync")->PutBlob(content);
  ASSERT_TRUE(stored.ok()) << stored.status();
  EXPECT_EQ(*stored, Sha256(content));
  EXPECT_EQ(*As("sync")->PutBlob(content), *stored);
  const auto read = As("billing")->GetBlob(*stored);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, content);
  EXPECT_EQ(*As("sync")->GetBlob(*As("sync")->PutBlob("")), "");
  ExpectRefused(As("sync")->GetBlob(Sha256("never stored")).status(), StatusCode::kNotFound,
                "NO_SUCH_BLOB");
  ExpectRefused(As("ci")->PutBlob("x").status(), StatusCode::kPermissionDenied);
}

TEST_P(AppendContract, WhatMustNotHaveHappenedIsCheckedWithTheAppend) {
  const auto unless = [](const std::string& event, const std::string& branch, Position after) {
    auto request = Request::Entry("koosy", "page_seen");
    auto* no_match = request->add_no_matches();
    no_match->mutable_filter()->set_event(event);
    no_match->mutable_filter()->set_branch(branch);
    no_match->set_after_position(after);
    return request;
  };
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "deploy_tried")).ok());
  ASSERT_TRUE(Append("ann", Request::Entry("papafly", "deploy_tried")).ok());
  const auto found = Append("ann", unless("deploy_tried", "", 0));
  ExpectRefused(found.status(), StatusCode::kAborted);
  EXPECT_EQ(AdviceOf(found.status()).reason, "MATCH_FOUND");
  EXPECT_TRUE(Append("ann", unless("deploy_tried", "", 2)).ok());
  EXPECT_TRUE(Append("ann", unless("deploy_tried", "koosy", 1)).ok());
  ExpectRefused(Append("ann", unless("deploy_tried", "papafly", 1)).status(), StatusCode::kAborted);
  EXPECT_EQ(All().size(), 4U);
  ExpectRefused(Append("ann", unless("", "", 0)).status(), StatusCode::kInvalidArgument);
  // Who may not read learns nothing by asking.
  ExpectRefused(Append("llm-koosy", unless("deploy_tried", "koosy", 1)).status(),
                StatusCode::kPermissionDenied, "CONDITION_NOT_YOURS");
  ExpectRefused(Append("llm-koosy", Request::Entry("koosy", "page_seen").If("policy", 0)).status(),
                StatusCode::kPermissionDenied, "CONDITION_NOT_YOURS");
}

// What needs more than 4 096 records looked at is refused: on the narrowest list that there is, and
// for all conditions of an append together.
TEST_P(AppendContract, WhatMustNotHaveHappenedIsLookedForUpToABound) {
  for (const int count : {1'000, 1'000, 1'000, 1'000, 97}) {
    auto seen = Request::Entry("koosy", "page_seen");
    for (int i = 1; i < count; ++i) seen.Plain("entry-koosy", "koosy", "page_seen");
    ASSERT_TRUE(Append("ann", seen).ok());
  }
  const auto unless = [](Request request, const std::string& branch, Position after,
                         const std::string& stream = "") {
    auto* no_match = request->add_no_matches();
    no_match->mutable_filter()->set_event("page_seen");
    no_match->mutable_filter()->set_branch(branch);
    no_match->mutable_filter()->set_stream(stream);
    no_match->set_after_position(after);
    return request;
  };
  const auto reason = [this](const Request& request) {
    const Status status = Append("ann", request).status();
    if (!status.ok() && !absl::IsAborted(status))
      ExpectRefused(status, StatusCode::kFailedPrecondition);
    return status.ok() ? "" : AdviceOf(status).reason;
  };
  const auto left = Request::Entry("koosy", "page_left");
  EXPECT_EQ(reason(unless(left, "papafly", 0)), "QUERY_TOO_WIDE");
  EXPECT_EQ(reason(unless(unless(left, "papafly", 2'049), "papafly", 2'048)), "QUERY_TOO_WIDE");
  EXPECT_EQ(reason(unless(left, "koosy", 0)), "MATCH_FOUND");  // At once.
  EXPECT_EQ(As("ann")->Head()->head().position(), 4'097U);
  EXPECT_EQ(reason(unless(left, "papafly", 1)), "");
  EXPECT_EQ(reason(unless(unless(left, "papafly", 2'049), "papafly", 2'049)), "");
  EXPECT_EQ(reason(unless(left, "papafly", 0, "entry-papafly")), "");
}

INSTANTIATE_TEST_SUITE_P(, AppendContract, AllHouses(), NameOfHouse);

}  // namespace
}  // namespace hq::testing
