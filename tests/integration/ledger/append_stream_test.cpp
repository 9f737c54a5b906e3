// Goal: a stream of appends is answered in order and exactly, whatever becomes of each; a filtered
// reader can tell that nothing is missing; a record's whole story is told. Method: a ledger in this
// process, called as a client would.
#include <gtest/gtest.h>

#include <thread>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
using ledger::v1::AppendOutcome;
using ledger::v1::AppendStreamRequest;
using ledger::v1::AppendStreamResponse;
using ledger::v1::LedgerService;

class AppendStreamTest : public ::testing::Test {
 protected:
  AppendStreamTest() : ledger_(clock_) {
    stub_ = LedgerService::NewStub(rpc::Connect(ledger_.address()));
  }

  static AppendStreamRequest Entry(const std::string& event, const std::string& cause = "") {
    AppendStreamRequest request;
    auto* append = request.mutable_append()->add_appends();
    append->set_stream("entry-koosy");
    auto* added = append->add_events();
    added->set_branch("koosy");
    added->set_event(event);
    added->set_causation_id(cause);
    return request;
  }

  // Sends all, then reads what became of them.
  std::vector<AppendOutcome> Send(const std::vector<AppendStreamRequest>& requests, Status& ended,
                                  const std::string& principal = "ann") {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf(principal), 60s);
    const auto stream = stub_->AppendStream(&context);
    std::jthread writing([&] {
      for (const auto& request : requests)
        if (!stream->Write(request)) break;
      stream->WritesDone();
    });
    std::vector<AppendOutcome> outcomes;
    AppendStreamResponse response;
    while (stream->Read(&response))
      outcomes.insert(outcomes.end(), response.outcomes().begin(), response.outcomes().end());
    writing.join();
    ended = rpc::FromGrpc(stream->Finish());
    return outcomes;
  }

  // The story of the record with that id, "position@distance " a step.
  std::string Explained(const std::string& id, const std::string& principal,
                        std::uint32_t limit = 0) {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf(principal), 20s);
    ledger::v1::ExplainRequest request;
    request.set_id(id);
    request.set_limit(limit);
    const auto status = rpc::FromGrpc(stub_->Explain(&context, request, &explained_));
    if (!status.ok()) return absl::StatusCodeToString(status.code());
    std::string told;
    for (const auto& step : explained_.steps())
      told +=
          std::to_string(step.record().position()) + "@" + std::to_string(step.distance()) + " ";
    return told + (explained_.truncated() ? "…" : "");
  }

  // A record, what it caused, and what that caused in turn.
  void TellAStory() {
    Status ended;
    ASSERT_EQ(Send({Entry("page_seen")}, ended).size(), 1U);
    ASSERT_EQ(Send({Entry("page_liked", IdAt(1)), Entry("page_shared", IdAt(1))}, ended).size(),
              2U);
    ASSERT_EQ(Send({Entry("page_bought", IdAt(2)), Entry("page_seen")}, ended).size(), 2U);
  }

  std::string IdAt(Position position) {
    ledger::v1::GetRequest get;
    get.set_position(position);
    return ledger_.log().As(CallerNamed("ann"))->Get(get)->record.id();
  }

  // Every seventh is a page_seen; all at once, a microsecond apart.
  void AppendMixed(int count) {
    ledger::v1::AppendRequest request = Entry("page_seen").append();
    for (int i = 1; i < count; ++i)
      *request.mutable_appends(0)->add_events() =
          Entry(i % 7 == 0 ? "page_seen" : "page_left").append().appends(0).events(0);
    ASSERT_TRUE(ledger_.log().As(CallerNamed("ann"))->Append(request).ok());
  }

  std::int64_t TimeAt(Position position) {
    ledger::v1::GetRequest get;
    get.set_position(position);
    return ledger_.log().As(CallerNamed("ann"))->Get(get)->record.recorded_at_us();
  }

  // What is read, "previous position<position " a record.
  std::string Links(const ledger::v1::ReadRequest& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), 20s);
    const auto reader = stub_->Read(&context, request);
    ledger::v1::ReadResponse chunk;
    std::string links;
    while (reader->Read(&chunk))
      for (int i = 0; i < chunk.records_size(); ++i)
        links += (i < chunk.previous_positions_size() ? std::to_string(chunk.previous_positions(i))
                                                      : std::string("?")) +
                 "<" + std::to_string(chunk.records(i).position()) + " ";
    EXPECT_TRUE(reader->Finish().ok());
    return links;
  }

  FakeClock clock_;
  TestLedger ledger_;
  std::unique_ptr<LedgerService::Stub> stub_;
  ledger::v1::ExplainResponse explained_;  // The last one.
};

TEST_F(AppendStreamTest, AnswersInOrderMoreThanItTakesAtOnce) {
  constexpr int kAppends = 3'000;
  std::vector<AppendStreamRequest> requests;
  for (int i = 0; i < kAppends; ++i) {
    requests.push_back(Entry(i % 10 == 9 ? "No event" : "page_seen"));
    if (i % 10 == 5) requests.back().mutable_append()->mutable_appends(0)->set_expected_version(0);
  }
  Status ended;
  const auto outcomes = Send(requests, ended);
  ASSERT_TRUE(ended.ok()) << ended;
  ASSERT_EQ(outcomes.size(), requests.size());
  Position position = 0;
  for (int i = 0; i < kAppends; ++i) {
    const auto& outcome = outcomes[static_cast<std::size_t>(i)];
    if (i % 10 == 9) {
      EXPECT_EQ(outcome.error().code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
    } else if (i % 10 == 5) {
      EXPECT_EQ(outcome.error().code(), static_cast<int>(absl::StatusCode::kAborted));
      EXPECT_GT(outcome.error().details_size(), 0);
    } else {
      ASSERT_EQ(outcome.response().receipt().first_position(), ++position) << i;
    }
  }
  EXPECT_EQ(ledger_.log().Head().head().position(), position);
}

TEST_F(AppendStreamTest, WhoHasNoRightIsToldOnce) {
  Status ended;
  EXPECT_TRUE(Send({Entry("page_seen")}, ended, "audrey").empty());
  EXPECT_EQ(ended.code(), absl::StatusCode::kPermissionDenied) << ended;
  EXPECT_EQ(ledger_.log().Head().head().position(), 0);
}

TEST_F(AppendStreamTest, ACallerWhoLeavesLosesNothingThatWasTaken) {
  {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), 60s);
    const auto stream = stub_->AppendStream(&context);
    ASSERT_TRUE(stream->Write(Entry("page_seen")));
    AppendStreamResponse response;
    ASSERT_TRUE(stream->Read(&response));
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(stream->Write(Entry("page_seen")));
    context.TryCancel();
    EXPECT_FALSE(stream->Finish().ok());
  }
  ledger_.Stop();
  ledger_.Start();
  const auto head = ledger_.log().Head().head().position();
  EXPECT_GE(head, 1);
  EXPECT_LE(head, 201);
}

TEST_F(AppendStreamTest, AFilteredReaderSeesThatNothingIsMissing) {
  std::vector<AppendStreamRequest> requests;
  for (int i = 0; i < 100; ++i) requests.push_back(Entry(i % 7 == 0 ? "page_seen" : "page_left"));
  Status ended;
  ASSERT_EQ(Send(requests, ended).size(), 100U);
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("ann"), 20s);
  ledger::v1::ReadRequest read;
  read.set_after_position(20);
  read.mutable_filter()->set_event("page_seen");
  const auto reader = stub_->Read(&context, read);
  ledger::v1::ReadResponse chunk;
  Position last = 15;  // The last one up to position 20: 1, 8, 15, 22 …
  int count = 0;
  while (reader->Read(&chunk)) {
    ASSERT_EQ(chunk.previous_positions_size(), chunk.records_size());
    for (int i = 0; i < chunk.records_size(); ++i, ++count) {
      EXPECT_EQ(chunk.previous_positions(i), last);
      last = chunk.records(i).position();
    }
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(count, 12);
}

// Also who goes by time alone; and what was recorded before that time is not the one before.
TEST_F(AppendStreamTest, AReaderOfATimeSeesThatNothingIsMissing) {
  ASSERT_NO_FATAL_FAILURE(AppendMixed(40));
  ledger::v1::ReadRequest request;
  request.mutable_filter()->set_recorded_from_us(TimeAt(37));
  EXPECT_EQ(Links(request), "0<37 37<38 38<39 39<40 ");
  request.set_after_position(36);
  EXPECT_EQ(Links(request), "0<37 37<38 38<39 39<40 ");
  request.set_after_position(38);
  EXPECT_EQ(Links(request), "38<39 39<40 ");
  request.set_after_position(0);
  request.set_last(true);
  request.set_limit(2);
  EXPECT_EQ(Links(request), "38<39 39<40 ");
  request.set_limit(9);
  EXPECT_EQ(Links(request), "0<37 37<38 38<39 39<40 ");
  request.Clear();
  request.set_after_position(1);
  request.mutable_filter()->set_recorded_until_us(TimeAt(4));
  EXPECT_EQ(Links(request), "1<2 2<3 ");
  request.Clear();
  request.mutable_filter()->set_event("page_seen");  // 1, 8, 15, 22, 29, 36.
  request.mutable_filter()->set_recorded_from_us(TimeAt(23));
  EXPECT_EQ(Links(request), "0<29 29<36 ");
  request.set_after_position(29);
  EXPECT_EQ(Links(request), "29<36 ");
}

TEST_F(AppendStreamTest, ASubscriberOfATimeSeesThatNothingIsMissing) {
  ASSERT_NO_FATAL_FAILURE(AppendMixed(40));
  for (const Position after : {Position{0}, Position{38}}) {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("ann"), 60s);
    ledger::v1::SubscribeRequest request;
    request.mutable_after()->set_position(after);
    request.mutable_filter()->set_recorded_from_us(TimeAt(37));
    const auto reader = stub_->Subscribe(&context, request);
    Position last = after;
    const auto take_until = [&](Position end) {
      ledger::v1::SubscribeResponse chunk;
      while (last < end && reader->Read(&chunk)) {
        ASSERT_EQ(chunk.previous_positions_size(), chunk.records_size());
        for (int i = 0; i < chunk.records_size(); ++i) {
          ASSERT_EQ(chunk.previous_positions(i), last);
          last = chunk.records(i).position();
        }
      }
      ASSERT_EQ(last, end);
    };
    const Position head = ledger_.log().Head().head().position();
    ASSERT_NO_FATAL_FAILURE(take_until(head));
    ASSERT_NO_FATAL_FAILURE(AppendMixed(1));
    ASSERT_NO_FATAL_FAILURE(take_until(head + 1));
    context.TryCancel();
    EXPECT_FALSE(reader->Finish().ok());
  }
}

TEST_F(AppendStreamTest, ARecordsWholeStoryIsTold) {
  ASSERT_NO_FATAL_FAILURE(TellAStory());
  EXPECT_EQ(Explained(IdAt(1), "ann"), "1@0 2@1 3@1 4@2 ");
  EXPECT_EQ(Explained(IdAt(2), "ann"), "1@-1 2@0 4@1 ");
  EXPECT_EQ(Explained(IdAt(4), "owner-koosy"), "1@-2 2@-1 4@0 ");
  EXPECT_EQ(Explained("TXN-20260101-001", "ann"), "NOT_FOUND");
}

TEST_F(AppendStreamTest, AStoryIsToldAsFarAsItsLimit) {
  ASSERT_NO_FATAL_FAILURE(TellAStory());
  EXPECT_EQ(Explained(IdAt(1), "ann", 4), "1@0 2@1 3@1 4@2 ");
  EXPECT_EQ(Explained(IdAt(1), "ann", 3), "1@0 2@1 3@1 …");
  EXPECT_EQ(Explained(IdAt(2), "ann", 2), "1@-1 2@0 …");
  EXPECT_EQ(Explained(IdAt(4), "ann", 2), "2@-1 4@0 …");
  EXPECT_EQ(Explained(IdAt(4), "ann", 1'000), "1@-2 2@-1 4@0 ");
  EXPECT_EQ(Explained(IdAt(4), "ann", 1'001), "INVALID_ARGUMENT");
}

TEST_F(AppendStreamTest, AStoryOfLargeRecordsEndsBeforeItIsTooLargeForAnAnswer) {
  constexpr std::size_t kTold = 4 << 20;
  constexpr int kEffects = 150;  // Of 64 KiB: more than gRPC takes.
  Status ended;
  ASSERT_EQ(Send({Entry("page_seen")}, ended).size(), 1U);
  const std::string cause = IdAt(1);
  const auto importer = ledger_.log().As(CallerNamed("ledger"));
  for (int done = 0; done < kEffects; done += 50) {
    ledger::v1::AppendRequest request = Entry("page_seen", cause).append();
    auto* events = request.mutable_appends(0)->mutable_events();
    events->Mutable(0)->set_source_line(std::string(64 * 1024, 'l'));
    for (int i = 1; i < 50; ++i) *events->Add() = events->Get(0);
    request.set_actor("ann");
    request.set_role("hq_admin");
    const auto imported = importer->Append(request);
    ASSERT_TRUE(imported.ok()) << imported.status();
  }
  const std::string told = Explained(cause, "ann");
  EXPECT_TRUE(told.starts_with("1@0 2@1 3@1 ")) << told;
  EXPECT_TRUE(told.ends_with("@1 …")) << told;
  EXPECT_GE(explained_.ByteSizeLong(), kTold);
  EXPECT_LT(explained_.ByteSizeLong(), kTold + 256 * 1024);
}

}  // namespace
}  // namespace hq::testing
