// Goal: what leaves the ledger by gRPC is what was stored, without a gap, and nobody who does not
// read can hold it up. Method: a ledger in this process, raw calls against it.
#include <google/protobuf/io/coded_stream.h>
#include <gtest/gtest.h>

#include <future>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
using ledger::v1::LedgerService;
using ledger::v1::SubscribeRequest;
using ledger::v1::SubscribeResponse;

class LedgerApiTest : public ::testing::Test {
 protected:
  explicit LedgerApiTest(ledger::StreamLimits limits = {})
      : ledger_(clock_, limits, {}, kLongGrace) {
    channel_ = rpc::Connect(ledger_.address());
    stub_ = LedgerService::NewStub(channel_);
  }

  static ledger::v1::AppendRequest Entries(int count, std::size_t status_bytes = 0) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-koosy");
    for (int i = 0; i < count; ++i) {
      auto* event = append->add_events();
      event->set_branch("koosy");
      event->set_event("page_seen");
      event->set_status(std::string(status_bytes, 's'));
    }
    return request;
  }

  void Append(int count, std::size_t status_bytes = 0) {
    const auto response =
        ledger_.log().As(CallerNamed("ann"))->Append(Entries(count, status_bytes));
    ASSERT_TRUE(response.ok()) << response.status();
  }

  std::unique_ptr<grpc::ClientReader<SubscribeResponse>> Subscribe(
      grpc::ClientContext& context, const SubscribeRequest& request,
      const std::string& principal = "sync") {
    rpc::Prepare(context, TokenOf(principal), 60s);
    return stub_->Subscribe(&context, request);
  }

  FakeClock clock_;
  TestLedger ledger_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<LedgerService::Stub> stub_;
};

// The payloads of field 1, cut out of an encoded message by hand.
std::vector<std::string> RecordsIn(const std::string& wire) {
  google::protobuf::io::CodedInputStream in(reinterpret_cast<const std::uint8_t*>(wire.data()),
                                            static_cast<int>(wire.size()));
  std::vector<std::string> records;
  while (const std::uint32_t tag = in.ReadTag()) {
    std::uint32_t size = 0;
    std::string record;
    const bool is_record = tag == 0x0a;
    if (!is_record) break;  // The other fields stand behind the records.
    EXPECT_TRUE(in.ReadVarint32(&size) && in.ReadString(&record, static_cast<int>(size)));
    records.push_back(std::move(record));
  }
  return records;
}

TEST_F(LedgerApiTest, TheBytesOnTheWireHashToTheChain) {
  Append(300);
  Append(1);
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("sync"), 20s);
  const grpc::internal::RpcMethod method("/hq.ledger.v1.LedgerService/Read",
                                         grpc::internal::RpcMethod::SERVER_STREAMING, channel_);
  const std::unique_ptr<grpc::ClientReader<grpc::ByteBuffer>> reader(
      grpc::internal::ClientReaderFactory<grpc::ByteBuffer>::Create(
          channel_.get(), method, &context, ledger::v1::ReadRequest()));
  std::string hash = ZeroHash();
  int count = 0;
  grpc::ByteBuffer buffer;
  while (reader->Read(&buffer)) {
    grpc::Slice slice;
    ASSERT_TRUE(buffer.TrySingleSlice(&slice).ok() || buffer.DumpToSingleSlice(&slice).ok());
    const std::string wire(reinterpret_cast<const char*>(slice.begin()), slice.size());
    for (const auto& bytes : RecordsIn(wire)) {
      ledger::v1::Record record;
      ASSERT_TRUE(record.ParseFromString(bytes));
      ASSERT_EQ(record.previous_hash(), hash);
      hash = LeafHash(bytes);
      ++count;
    }
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_EQ(count, 301);
  EXPECT_EQ(ledger_.log().Head().head().hash(), hash);

  grpc::ClientContext get_context;
  rpc::Prepare(get_context, TokenOf("sync"), 20s);
  ledger::v1::GetRequest get;
  get.set_position(301);
  ledger::v1::GetResponse got;
  ASSERT_TRUE(stub_->Get(&get_context, get, &got).ok());
  EXPECT_EQ(got.record().position(), 301);
  EXPECT_EQ(got.leaf_hash(), hash);
}

TEST_F(LedgerApiTest, ASubscriptionHasNoGapBetweenOldAndNew) {
  constexpr Position kOld = 600;
  constexpr Position kAll = 1'000;
  Append(kOld);
  grpc::ClientContext context;
  const auto reader = Subscribe(context, SubscribeRequest());
  std::jthread appending([this] {
    for (Position i = kOld; i < kAll; ++i) Append(1);
  });
  Position seen = 0;
  bool was_caught_up = false;
  SubscribeResponse chunk;
  while (seen < kAll && reader->Read(&chunk)) {
    for (const auto& record : chunk.records()) ASSERT_EQ(record.position(), ++seen);
    ASSERT_GE(chunk.scanned_to(), seen);
    ASSERT_TRUE(chunk.caught_up() || !was_caught_up);
    was_caught_up = chunk.caught_up();
  }
  EXPECT_EQ(seen, kAll);
  EXPECT_TRUE(was_caught_up);
  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(LedgerApiTest, ASubscriptionShowsAnOwnerTheOwnCellOnly) {
  ledger::v1::AppendRequest request = Entries(1);
  auto* append = request.add_appends();
  append->set_stream("entry-papafly");
  append->add_events()->set_branch("papafly");
  append->mutable_events(0)->set_event("page_seen");
  ASSERT_TRUE(ledger_.log().As(CallerNamed("ann"))->Append(request).ok());
  grpc::ClientContext context;
  const auto reader = Subscribe(context, SubscribeRequest(), "owner-koosy");
  SubscribeResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  ASSERT_EQ(chunk.records_size(), 1);
  EXPECT_EQ(chunk.records(0).branch(), "koosy");
  EXPECT_EQ(chunk.scanned_to(), 2);
  EXPECT_TRUE(chunk.caught_up());
  context.TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(LedgerApiTest, AReaderOfAnotherHistoryIsTold) {
  Append(3);
  const auto refused = [this](const ledger::v1::Cursor& after) {
    grpc::ClientContext context;
    SubscribeRequest request;
    *request.mutable_after() = after;
    const auto reader = Subscribe(context, request);
    SubscribeResponse chunk;
    EXPECT_FALSE(reader->Read(&chunk));
    const Status status = rpc::FromGrpc(reader->Finish());
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    EXPECT_EQ(AdviceOf(status).reason, "DIVERGED");
  };
  ledger::v1::Cursor head = ledger_.log().Head().head();
  ledger::v1::Cursor cursor = head;
  cursor.set_hash(Sha256("another record"));
  refused(cursor);
  cursor = head;
  cursor.set_log_id("another");
  refused(cursor);
  cursor = head;
  cursor.set_position(4);
  refused(cursor);
  cursor = head;
  cursor.set_epoch(2);
  refused(cursor);
}

TEST_F(LedgerApiTest, NobodyGetsInWithoutAToken) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 20s);
  const auto reader = stub_->Subscribe(&context, SubscribeRequest());
  SubscribeResponse chunk;
  EXPECT_FALSE(reader->Read(&chunk));
  const Status status = rpc::FromGrpc(reader->Finish());
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << status;
  EXPECT_EQ(AdviceOf(status).reason, "TOKEN_MISSING_OR_UNKNOWN");
}

TEST_F(LedgerApiTest, StoppingEndsOpenSubscriptionsAtOnce) {
  grpc::ClientContext context;
  const auto reader = Subscribe(context, SubscribeRequest());
  SubscribeResponse chunk;
  ASSERT_TRUE(reader->Read(&chunk));
  const auto start = std::chrono::steady_clock::now();
  ledger_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, kLongGrace / 2);
  EXPECT_FALSE(reader->Read(&chunk));
  const Status ended = rpc::FromGrpc(reader->Finish());
  EXPECT_EQ(ended.code(), absl::StatusCode::kUnavailable) << ended;
  EXPECT_EQ(AdviceOf(ended).reason, "STOPPING");
}

// One record of a rare cell at each end of nine thousand of another one.
class FarBackTest : public LedgerApiTest {
 protected:
  static constexpr Position kLast = 9'002;

  void SetUp() override {
    AppendRare();
    for (int i = 0; i < 9; ++i) Append(1'000);
    AppendRare();
  }

  void AppendRare() {
    auto request = Entries(1);
    request.mutable_appends(0)->set_stream("entry-papafly");
    request.mutable_appends(0)->mutable_events(0)->set_branch("papafly");
    const auto response = ledger_.log().As(CallerNamed("ann"))->Append(request);
    ASSERT_TRUE(response.ok()) << response.status();
  }

  // The event's list is the narrowest, and every record is on it.
  static ledger::v1::Filter Rare() {
    ledger::v1::Filter filter;
    filter.set_event("page_seen");
    filter.set_branch("papafly");
    return filter;
  }

  // Reads all chunks; those that came before the one with records are counted.
  void Read(const ledger::v1::ReadRequest& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, TokenOf("sync"), 60s);
    const auto reader = stub_->Read(&context, request);
    ledger::v1::ReadResponse chunk;
    while (reader->Read(&chunk)) {
      if (chunk.records_size() == 0 && positions_.empty()) {
        ++chunks_before_;
        EXPECT_EQ(chunk.scanned_to(), request.after_position());
      }
      ASSERT_EQ(chunk.previous_positions_size(), chunk.records_size());
      for (int i = 0; i < chunk.records_size(); ++i) {
        positions_.push_back(chunk.records(i).position());
        previous_.push_back(chunk.previous_positions(i));
      }
      scanned_to_ = chunk.scanned_to();
    }
    EXPECT_TRUE(reader->Finish().ok());
  }

  int chunks_before_ = 0;
  std::vector<Position> positions_;
  std::vector<Position> previous_;
  Position scanned_to_ = 0;
};

TEST_F(FarBackTest, TheLastOnesAreLookedForInSteps) {
  ledger::v1::ReadRequest request;
  *request.mutable_filter() = Rare();
  request.set_last(true);
  request.set_limit(2);
  Read(request);
  EXPECT_EQ(chunks_before_, 2);
  EXPECT_EQ(positions_, (std::vector<Position>{1, kLast}));
  EXPECT_EQ(previous_, (std::vector<Position>{0, 1}));
  EXPECT_EQ(scanned_to_, kLast);
  request.set_limit(0);  // All there are is the same, and what is not there is looked for as long.
  positions_.clear();
  previous_.clear();
  Read(request);
  EXPECT_EQ(positions_, (std::vector<Position>{1, kLast}));
  const auto page = ledger_.log().As(CallerNamed("sync"))->Read(request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->records.size(), 2U);
  EXPECT_EQ(page->records[0].record.position(), 1U);
  EXPECT_EQ(page->scanned_to, kLast);
}

TEST_F(FarBackTest, TheOneBeforeTheFirstIsLookedForInSteps) {
  ledger::v1::ReadRequest request;
  *request.mutable_filter() = Rare();
  request.set_after_position(kLast - 1);
  Read(request);
  EXPECT_EQ(chunks_before_, 2);
  EXPECT_EQ(positions_, std::vector<Position>{kLast});
  EXPECT_EQ(previous_, std::vector<Position>{1});
  EXPECT_EQ(scanned_to_, kLast);
}

TEST_F(FarBackTest, ASubscriptionShowsLifeWhileItLooksBack) {
  grpc::ClientContext context;
  SubscribeRequest request;
  *request.mutable_filter() = Rare();
  request.mutable_after()->set_position(kLast - 1);
  const auto reader = Subscribe(context, request);
  SubscribeResponse chunk;
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(reader->Read(&chunk));
    EXPECT_EQ(chunk.records_size(), 0);
    EXPECT_EQ(chunk.scanned_to(), kLast - 1);
    EXPECT_FALSE(chunk.caught_up());
  }
  ASSERT_TRUE(reader->Read(&chunk));
  ASSERT_EQ(chunk.records_size(), 1);
  EXPECT_EQ(chunk.records(0).position(), kLast);
  EXPECT_EQ(chunk.previous_positions(0), 1U);
  EXPECT_EQ(chunk.scanned_to(), kLast);
  EXPECT_TRUE(chunk.caught_up());
  // The next one knows the one before it.
  AppendRare();
  do {
    ASSERT_TRUE(reader->Read(&chunk));
  } while (chunk.records_size() == 0);  // A sign of life may come first.
  EXPECT_EQ(chunk.previous_positions(0), kLast);
  context.TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
}

class ShortTimesTest : public LedgerApiTest {
 protected:
  ShortTimesTest() : LedgerApiTest({.sign_of_life = 20ms, .patience = 1s}) {}
};

TEST_F(ShortTimesTest, SignsOfLifeComeWhileNothingHappens) {
  grpc::ClientContext context;
  const auto reader = Subscribe(context, SubscribeRequest());
  SubscribeResponse chunk;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(reader->Read(&chunk));
    EXPECT_EQ(chunk.records_size(), 0);
    EXPECT_TRUE(chunk.caught_up());
  }
  context.TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(ShortTimesTest, AReaderWhoDoesNotReadIsEndedAndMayResume) {
  for (int i = 0; i < 60; ++i) Append(1'000, 60);
  grpc::ClientContext context;
  const auto reader = Subscribe(context, SubscribeRequest());
  ASSERT_TRUE(Eventually([this] {
    // Ended streams are gone from the server's books once this one's patience is over.
    return ledger_.metrics().Text().find(
               "hq_ledger_streams_ended_total{code=\"RESOURCE_EXHAUSTED") != std::string::npos;
  }));
  Position seen = 0;
  SubscribeResponse chunk;
  while (reader->Read(&chunk))
    for (const auto& record : chunk.records()) ASSERT_EQ(record.position(), ++seen);
  EXPECT_LT(seen, 60'000U);
  const auto code = reader->Finish().error_code();
  EXPECT_TRUE(code == grpc::StatusCode::RESOURCE_EXHAUSTED || code == grpc::StatusCode::CANCELLED)
      << code;
}

class LedgerClientTest : public LedgerApiTest {};

TEST_F(LedgerClientTest, AnAppendOutlivesARestartOfTheLedger) {
  const auto client = ledger_.ClientOf("ann");
  auto request = Entries(1);
  request.set_command_id("command-1");
  ledger_.Stop();
  auto answer = std::async(std::launch::async, [&] { return client->Append(request); });
  EXPECT_EQ(answer.wait_for(100ms), std::future_status::timeout);
  ledger_.Start();
  const auto response = answer.get();
  ASSERT_TRUE(response.ok()) << response.status();
  const auto again = client->Append(request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_TRUE(again->repeated_command());
  EXPECT_EQ(ledger_.log().Head().head().position(), 1);
}

TEST_F(LedgerClientTest, WithoutAnIdAnUnknownOutcomeIsSaid) {
  const auto client = ledger_.ClientOf("ann");
  ledger_.Stop();
  const auto response = client->Append(Entries(1));
  EXPECT_EQ(response.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(AdviceOf(response.status()).reason, "OUTCOME_UNKNOWN");
  EXPECT_EQ(client->Head().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(client->Read(ledger::v1::ReadRequest()).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hq::testing
