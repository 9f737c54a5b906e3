#include "tests/contract/event_log_contract.hpp"

namespace hq::testing {
namespace {

using absl::StatusCode;

class ReadContract : public EventLogContract {
 protected:
  // Positions 1 to 12: koosy and papafly in turn; every third is a deploy_tried. An hour apart.
  void Fill() {
    for (int i = 1; i <= 12; ++i) {
      const std::string cell = i % 2 == 1 ? "koosy" : "papafly";
      ASSERT_TRUE(
          Append("ann", Request::Entry(cell, i % 3 == 0 ? "deploy_tried" : "page_seen")).ok());
      clock_.Advance(std::chrono::hours(1));
    }
  }

  std::vector<Position> Positions(const std::string& principal,
                                  const ledger::v1::ReadRequest& request) {
    const auto page = As(principal)->Read(request);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<Position> positions;
    if (!page.ok()) return positions;
    for (const Recorded& recorded : page->records) positions.push_back(recorded.record.position());
    scanned_to_ = page->scanned_to;
    return positions;
  }

  static ledger::v1::ReadRequest Wanting(const std::string& text) {
    ledger::v1::ReadRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return request;
  }

  using P = std::vector<Position>;
  Position scanned_to_ = 0;
};

TEST_P(ReadContract, AllInOrderUpToTheHead) {
  Fill();
  EXPECT_EQ(Positions("ann", Wanting("")), (P{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
  EXPECT_EQ(scanned_to_, 12U);
  EXPECT_EQ(Positions("ann", Wanting("after_position: 10")), (P{11, 12}));
  EXPECT_EQ(Positions("ann", Wanting("after_position: 12")), P{});
  EXPECT_EQ(scanned_to_, 12U);
}

TEST_P(ReadContract, ALimitEndsAtTheLastRecordGiven) {
  Fill();
  EXPECT_EQ(Positions("ann", Wanting("limit: 2 filter { branch: 'papafly' }")), (P{2, 4}));
  EXPECT_EQ(scanned_to_, 4U);
  EXPECT_EQ(Positions("ann", Wanting("limit: 9 after_position: 8 filter { branch: 'papafly' }")),
            (P{10, 12}));
  EXPECT_EQ(scanned_to_, 12U);
}

TEST_P(ReadContract, FiltersMustAllMatch) {
  Fill();
  EXPECT_EQ(Positions("ann", Wanting("filter { branch: 'koosy' }")), (P{1, 3, 5, 7, 9, 11}));
  EXPECT_EQ(Positions("ann", Wanting("filter { event: 'deploy_tried' }")), (P{3, 6, 9, 12}));
  EXPECT_EQ(Positions("ann", Wanting("filter { event: 'deploy_tried' branch: 'koosy' }")),
            (P{3, 9}));
  EXPECT_EQ(Positions("ann", Wanting("branch: 'papafly' filter { event: 'deploy_tried' }")),
            (P{6, 12}));
  EXPECT_EQ(Positions("ann", Wanting("after_position: 4 filter { stream: 'entry-papafly' }")),
            (P{6, 8, 10, 12}));
  EXPECT_EQ(Positions("ann", Wanting("limit: 3 filter { category: 'entry' }")), (P{1, 2, 3}));
  EXPECT_EQ(Positions("ann", Wanting("filter { category: 'rollout' }")), P{});
  EXPECT_EQ(scanned_to_, 12U);
}

TEST_P(ReadContract, ActorsAndCorrelationsAreFound) {
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "page_seen")).ok());
  auto request = Request::Entry("koosy", "page_seen");
  request->set_correlation_id("visit-1");
  ASSERT_TRUE(Append("worker-koosy", request).ok());
  ASSERT_TRUE(Append("ann", request).ok());
  EXPECT_EQ(Positions("ann", Wanting("filter { actor: 'ann' }")), (P{1, 3}));
  EXPECT_EQ(Positions("ann", Wanting("filter { correlation_id: 'visit-1' }")), (P{2, 3}));
  EXPECT_EQ(Positions("ann", Wanting("filter { correlation_id: 'visit-1' actor: 'ann' }")), (P{3}));
  EXPECT_EQ(Positions("ann", Wanting("filter { correlation_id: 'visit-2' }")), P{});
}

// Whoever has more than there is, or something else, has read another history.
TEST_P(ReadContract, AReaderOfAnotherHistoryIsTold) {
  Fill();
  const auto told = [this](const ledger::v1::ReadRequest& request) {
    const Status status = As("ann")->Read(request).status();
    EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(AdviceOf(status).reason, "DIVERGED") << request.ShortDebugString();
  };
  for (const char* text :
       {"after_position: 13", "after_position: 13 filter { branch: 'koosy' }",
        "after_position: 13 last: true limit: 1", "after_position: 13 descending: true"})
    told(Wanting(text));
  const auto records = All();
  ASSERT_EQ(records.size(), 12U);
  auto request = Wanting("after_position: 10");
  request.set_after_hash(LeafHash(records[9].bytes));
  EXPECT_EQ(Positions("ann", request), (P{11, 12}));
  request.set_after_hash(LeafHash(records[10].bytes));
  told(request);
  request.set_after_position(12);
  told(request);
  request.set_after_hash(LeafHash(records[11].bytes));
  EXPECT_EQ(Positions("ann", request), P{});
  EXPECT_EQ(scanned_to_, 12U);
  request.set_after_position(13);
  told(request);
  ASSERT_TRUE(Append("ann", Request::Entry("koosy", "page_seen")).ok());
  EXPECT_EQ(Positions("ann", Wanting("after_position: 13")), P{});
}

TEST_P(ReadContract, BackFromTheEnd) {
  Fill();
  EXPECT_EQ(Positions("ann", Wanting("descending: true limit: 3")), (P{12, 11, 10}));
  EXPECT_EQ(Positions("ann", Wanting("descending: true before_position: 10 after_position: 6")),
            (P{9, 8, 7}));
  EXPECT_EQ(scanned_to_, 7U);
  EXPECT_EQ(Positions("ann", Wanting("descending: true filter { branch: 'koosy' } "
                                     "before_position: 9 limit: 2")),
            (P{7, 5}));
  EXPECT_EQ(Positions("ann", Wanting("before_position: 3")), (P{1, 2}));
}

TEST_P(ReadContract, TimesBoundFromBothSides) {
  Fill();
  const std::int64_t start_us =
      As("ann")->Read(Wanting("limit: 1"))->records[0].record.recorded_at_us();
  const std::int64_t hour_us = 3'600'000'000;
  auto request = Wanting("");
  request.mutable_filter()->set_recorded_from_us(start_us + 3 * hour_us);
  EXPECT_EQ(Positions("ann", request), (P{4, 5, 6, 7, 8, 9, 10, 11, 12}));
  request.mutable_filter()->set_recorded_until_us(start_us + 5 * hour_us);
  EXPECT_EQ(Positions("ann", request), (P{4, 5}));
  EXPECT_EQ(scanned_to_, 12U);
  request.mutable_filter()->set_event("deploy_tried");
  EXPECT_EQ(Positions("ann", request), P{});
  request.mutable_filter()->set_recorded_from_us(start_us + 100 * hour_us);
  EXPECT_EQ(Positions("ann", request), P{});
}

TEST_P(ReadContract, TheLastOnesInRisingOrder) {
  Fill();
  EXPECT_EQ(Positions("ann", Wanting("limit: 3 last: true")), (P{10, 11, 12}));
  EXPECT_EQ(Positions("ann", Wanting("limit: 2 last: true filter { branch: 'koosy' }")),
            (P{9, 11}));
  EXPECT_EQ(Positions("ann", Wanting("limit: 9 last: true after_position: 10")), (P{11, 12}));
  EXPECT_EQ(Positions("ann", Wanting("limit: 2 last: true filter { stream: 'entry-koosy' }")),
            (P{9, 11}));
}

TEST_P(ReadContract, AStreamFromAnyVersion) {
  Fill();
  ledger::v1::ReadStreamRequest request;
  request.set_stream("entry-koosy");
  auto slice = As("sync")->ReadStream(request);
  ASSERT_TRUE(slice.ok()) << slice.status();
  EXPECT_EQ(slice->version, 6U);
  ASSERT_EQ(slice->records.size(), 6U);
  EXPECT_EQ(slice->records[5].record.position(), 11U);
  request.set_from_version(5);
  slice = As("sync")->ReadStream(request);
  ASSERT_EQ(slice->records.size(), 2U);
  EXPECT_EQ(slice->records[0].record.version(), 5U);
  request.set_from_version(7);
  slice = As("sync")->ReadStream(request);
  EXPECT_EQ(slice->records.size(), 0U);
  EXPECT_EQ(slice->version, 6U);
  request.set_stream("entry-nobody");
  slice = As("sync")->ReadStream(request);
  ASSERT_TRUE(slice.ok());
  EXPECT_EQ(slice->version, 0U);
  request.set_stream("No Stream");
  ExpectRefused(As("sync")->ReadStream(request).status(), StatusCode::kInvalidArgument);
}

TEST_P(ReadContract, MoreThanOneChunkIsStillAllOfIt) {
  auto request = Request::Entry("koosy", "page_seen");
  for (int i = 1; i < 700; ++i) request.Plain("entry-koosy", "koosy", "page_seen");
  ASSERT_TRUE(Append("ann", request).ok());
  EXPECT_EQ(All().size(), 700U);
  ledger::v1::ReadStreamRequest read;
  read.set_stream("entry-koosy");
  EXPECT_EQ(As("sync")->ReadStream(read)->records.size(), 700U);
}

TEST_P(ReadContract, OneRecordByPositionOrId) {
  Fill();
  ledger::v1::GetRequest request;
  request.set_position(3);
  const auto by_position = As("ann")->Get(request);
  ASSERT_TRUE(by_position.ok()) << by_position.status();
  request.set_id(by_position->record.id());
  const auto by_id = As("ann")->Get(request);
  ASSERT_TRUE(by_id.ok()) << by_id.status();
  EXPECT_EQ(by_id->bytes, by_position->bytes);
  for (const Position nowhere : {13U, 0U}) {
    request.set_position(nowhere);
    ExpectRefused(As("ann")->Get(request).status(), StatusCode::kNotFound, "NO_SUCH_RECORD");
  }
  request.set_id("TXN-20260116-999");
  ExpectRefused(As("ann")->Get(request).status(), StatusCode::kNotFound, "NO_SUCH_RECORD");
  ExpectRefused(As("ann")->Get(ledger::v1::GetRequest()).status(), StatusCode::kInvalidArgument);
}

TEST_P(ReadContract, AnOwnerSeesTheOwnCellOnly) {
  Fill();
  ASSERT_TRUE(Append("decision", Request().Event("kill_switch-global", "hq", KillSwitchOn())).ok());
  EXPECT_EQ(Positions("owner-koosy", Wanting("")), (P{1, 3, 5, 7, 9, 11}));
  EXPECT_EQ(Positions("owner-koosy", Wanting("branch: 'koosy' limit: 1")), P{1});
  EXPECT_EQ(Positions("owner-both", Wanting("last: true limit: 2")), (P{11, 12}));
  for (const char* elsewhere : {"branch: 'papafly'", "filter { branch: 'hq' }"})
    ExpectRefused(As("owner-koosy")->Read(Wanting(elsewhere)).status(),
                  StatusCode::kPermissionDenied, "NOT_YOUR_CELL");
  ledger::v1::GetRequest get;
  get.set_position(1);
  EXPECT_TRUE(As("owner-koosy")->Get(get).ok());
  get.set_position(2);
  ExpectRefused(As("owner-koosy")->Get(get).status(), StatusCode::kNotFound, "NO_SUCH_RECORD");
  ledger::v1::ReadStreamRequest stream;
  for (const char* name : {"entry-papafly", "kill_switch-global", "entry-nobody"}) {
    stream.set_stream(name);
    ExpectRefused(As("owner-koosy")->ReadStream(stream).status(), StatusCode::kPermissionDenied,
                  "NOT_YOUR_CELL");
  }
  stream.set_stream("entry-koosy");
  EXPECT_EQ(As("owner-koosy")->ReadStream(stream)->records.size(), 6U);
}

TEST_P(ReadContract, WhoMayOnlyAppendReadsNothing) {
  Fill();
  for (const char* principal : {"llm-koosy", "worker-koosy", "ci"}) {
    ExpectRefused(As(principal)->Read(Wanting("")).status(), StatusCode::kPermissionDenied);
    ExpectRefused(As(principal)->Head().status(), StatusCode::kPermissionDenied);
    ledger::v1::GetRequest get;
    get.set_position(1);
    ExpectRefused(As(principal)->Get(get).status(), StatusCode::kPermissionDenied);
  }
}

TEST_P(ReadContract, AFilterThatCannotBeIsRefused) {
  for (const char* text :
       {"filter { branch: 'No Cell' }", "filter { event: 'Deploy >' }", "filter { stream: '-' }",
        "filter { category: 'entry-koosy' }", "filter { recorded_from_us: -1 }",
        "branch: 'koosy' filter { branch: 'papafly' }"})
    ExpectRefused(As("ann")->Read(Wanting(text)).status(), StatusCode::kInvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(, ReadContract, AllHouses(), NameOfHouse);

}  // namespace
}  // namespace hq::testing
