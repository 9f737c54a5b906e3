// Goal: operators see how every call of the ledger ended, also of the calls that take the short way
// past Door::Answer; and no caller keeps the others out, with too many calls or with answers that
// are not read. Method: each of them made, well and badly, and the metrics read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/grpc/channel.hpp"
#include "grpc/health/v1/health.grpc.pb.h"
#include "hq/ledger/v1/document_service.grpc.pb.h"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
using ledger::v1::LedgerService;

class HandledCallsTest : public ::testing::Test {
 protected:
  explicit HandledCallsTest(ledger::StreamLimits limits = {}) : ledger_(clock_, limits) {}

  using Context = grpc::ClientContext;

  std::unique_ptr<Context> As(const std::string& principal) const {
    auto context = std::make_unique<Context>();
    rpc::Prepare(*context, TokenOf(principal), 30s);
    return context;
  }

  static ledger::v1::AppendRequest Entry(const std::string& branch) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("entry-" + branch);
    append->add_events()->set_branch(branch);
    append->mutable_events(0)->set_event("page_seen");
    return request;
  }

  // Reads a server's stream to its end.
  template <class Response, class Request>
  void Drain(std::unique_ptr<grpc::ClientReader<Response>> (LedgerService::Stub::*method)(
                 Context*, const Request&),
             const Request& request, const std::string& principal = "ann") {
    const auto context = As(principal);
    const auto reader = ((*stub_).*method)(context.get(), request);
    Response response;
    while (reader->Read(&response)) {
    }
    static_cast<void>(reader->Finish());
  }

  // How often calls of that method ended so; waits for it, since a stream's end may be counted a
  // moment after its caller has seen it.
  void ExpectHandled(const std::string& method, const std::string& code, int count,
                     const std::string& service = "LedgerService") {
    const std::string line = "grpc_server_handled_total{grpc_code=\"" + code + "\",grpc_method=\"" +
                             method + "\",grpc_service=\"hq.ledger.v1." + service + "\"} " +
                             std::to_string(count) + "\n";
    EXPECT_TRUE(Eventually([&] {
      return ledger_.metrics().Text().find(line) != std::string::npos;
    })) << line;
  }

  FakeClock clock_;
  TestLedger ledger_;
  std::unique_ptr<LedgerService::Stub> stub_ =
      LedgerService::NewStub(rpc::Connect(ledger_.address()));
};

TEST_F(HandledCallsTest, AnswersOfOneMessageAreCountedByTheirCodes) {
  ledger::v1::AppendResponse appended;
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(stub_->Append(As("ann").get(), Entry("koosy"), &appended).ok());
  EXPECT_FALSE(stub_->Append(As("nobody").get(), Entry("koosy"), &appended).ok());
  EXPECT_FALSE(stub_->Append(As("llm-koosy").get(), Entry("papafly"), &appended).ok());
  EXPECT_FALSE(stub_->Append(As("ann").get(), ledger::v1::AppendRequest(), &appended).ok());
  ExpectHandled("Append", "OK", 3);
  ExpectHandled("Append", "UNAUTHENTICATED", 1);
  ExpectHandled("Append", "PERMISSION_DENIED", 1);
  ExpectHandled("Append", "INVALID_ARGUMENT", 1);

  ledger::v1::GetRequest get;
  ledger::v1::GetResponse got;
  get.set_position(1);
  ASSERT_TRUE(stub_->Get(As("ann").get(), get, &got).ok());
  get.set_position(99);
  EXPECT_FALSE(stub_->Get(As("ann").get(), get, &got).ok());
  ExpectHandled("Get", "OK", 1);
  ExpectHandled("Get", "NOT_FOUND", 1);

  ledger::v1::ExplainRequest explain;
  ledger::v1::ExplainResponse explained;
  explain.set_id(got.record().id());
  ASSERT_TRUE(stub_->Explain(As("ann").get(), explain, &explained).ok());
  ExpectHandled("Explain", "OK", 1);

  ledger::v1::HeadResponse head;  // By the long way, as ever.
  ASSERT_TRUE(stub_->Head(As("ann").get(), ledger::v1::HeadRequest(), &head).ok());
  ExpectHandled("Head", "OK", 1);
}

TEST_F(HandledCallsTest, StreamsAreCountedByTheirEnds) {
  Drain(&LedgerService::Stub::Read, ledger::v1::ReadRequest());
  ledger::v1::ReadRequest foreign;
  foreign.set_branch("papafly");
  Drain(&LedgerService::Stub::Read, foreign, "owner-koosy");
  ExpectHandled("Read", "OK", 1);
  ExpectHandled("Read", "PERMISSION_DENIED", 1);
  ledger::v1::ReadStreamRequest stream;
  stream.set_stream("entry-koosy");
  Drain(&LedgerService::Stub::ReadStream, stream);
  ExpectHandled("ReadStream", "OK", 1);
  ledger::v1::GetBlobRequest blob;
  blob.set_sha256(std::string(32, 'x'));
  Drain(&LedgerService::Stub::GetBlob, blob);
  ExpectHandled("GetBlob", "NOT_FOUND", 1);

  {
    const auto context = As("sync");
    const auto reader = stub_->Subscribe(context.get(), ledger::v1::SubscribeRequest());
    ledger::v1::SubscribeResponse chunk;
    ASSERT_TRUE(reader->Read(&chunk));
    context->TryCancel();
    EXPECT_FALSE(reader->Finish().ok());
  }
  ExpectHandled("Subscribe", "CANCELLED", 1);
  {
    const auto context = As("ann");
    const auto appends = stub_->AppendStream(context.get());
    ASSERT_TRUE(appends->WritesDone());
    ASSERT_TRUE(appends->Finish().ok());
  }
  ExpectHandled("AppendStream", "OK", 1);
  for (const auto& [principal, code] : {std::pair("ann", "OK"), {"audrey", "PERMISSION_DENIED"}}) {
    const auto context = As(principal);
    ledger::v1::PutBlobResponse response;
    const auto writer = stub_->PutBlob(context.get(), &response);
    writer->WritesDone();
    static_cast<void>(writer->Finish());
    ExpectHandled("PutBlob", code, 1);
  }
  {
    const auto documents = ledger::v1::DocumentService::NewStub(rpc::Connect(ledger_.address()));
    const auto context = As("ann");
    const auto reader = documents->ExportEntries(context.get(), ledger::v1::ExportEntriesRequest());
    ledger::v1::ExportEntriesResponse chunk;
    while (reader->Read(&chunk)) {
    }
    ASSERT_TRUE(reader->Finish().ok());
  }
  ExpectHandled("ExportEntries", "OK", 1, "DocumentService");
}

// Four streams at a time, two by one caller.
class FewStreamsTest : public HandledCallsTest {
 protected:
  explicit FewStreamsTest(std::chrono::milliseconds patience = 60s)
      : HandledCallsTest({.sign_of_life = 200ms, .patience = patience, .streams_max = 4}) {}

  using Appends =
      grpc::ClientReaderWriter<ledger::v1::AppendStreamRequest, ledger::v1::AppendStreamResponse>;

  static bool Send(Appends& stream) {
    ledger::v1::AppendStreamRequest request;
    *request.mutable_append() = Entry("koosy");
    return stream.Write(request);
  }

  // A stream of ann's that is open until this is destroyed.
  struct OpenAppends {
    explicit OpenAppends(LedgerService::Stub& stub) {
      rpc::Prepare(context, TokenOf("ann"), 60s);
      stream = stub.AppendStream(&context);
    }
    ~OpenAppends() {
      context.TryCancel();
      static_cast<void>(stream->Finish());
    }

    // The position of one more entry; 0 if the stream has ended.
    Position Append() const {
      ledger::v1::AppendStreamResponse response;
      if (!Send(*stream) || !stream->Read(&response)) return 0;
      return response.outcomes(0).response().receipt().last_position();
    }

    grpc::ClientContext context;
    std::unique_ptr<Appends> stream;
  };

  // A subscription of sync's; one chunk of it has been read.
  struct OpenSubscription {
    explicit OpenSubscription(LedgerService::Stub& stub) {
      rpc::Prepare(context, TokenOf("sync"), 60s);
      reader = stub.Subscribe(&context, ledger::v1::SubscribeRequest());
      EXPECT_TRUE(reader->Read(&chunk));
    }
    ~OpenSubscription() {
      context.TryCancel();
      static_cast<void>(reader->Finish());
    }

    bool ReadTo(Position position) {
      while (chunk.scanned_to() < position)
        if (!reader->Read(&chunk)) return false;
      return true;
    }

    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<ledger::v1::SubscribeResponse>> reader;
    ledger::v1::SubscribeResponse chunk;
  };

  // Takes no more than 64 KiB ahead of its reader: what gRPC guesses that the way could hold would
  // take in every answer.
  std::unique_ptr<LedgerService::Stub> NarrowStub() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
    arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 * 1024);
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return LedgerService::NewStub(grpc::CreateCustomChannel(
        ledger_.address(), grpc::InsecureChannelCredentials(), arguments));
  }

  // Sends entries whose answers would fill the connection many times over, until nobody takes them.
  static void SendMany(Appends& stream) {
    constexpr int kMany = 20'000;
    for (int i = 0; i < kMany; ++i)
      if (!Send(stream)) return;
  }

  Status TryAppends(const std::string& principal) {
    const auto context = As(principal);
    const auto stream = stub_->AppendStream(context.get());
    stream->WritesDone();
    return rpc::FromGrpc(stream->Finish());
  }

  Status TryRead(const std::string& principal) {
    const auto context = As(principal);
    const auto reader = stub_->Read(context.get(), ledger::v1::ReadRequest());
    ledger::v1::ReadResponse chunk;
    while (reader->Read(&chunk)) continue;
    return rpc::FromGrpc(reader->Finish());
  }

  static void ExpectTooMany(const Status& status) {
    EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
    EXPECT_EQ(AdviceOf(status).reason, "TOO_MANY_STREAMS");
    EXPECT_FALSE(AdviceOf(status).next_step.empty());
  }

  // A place is free a moment after its stream's caller has seen the end.
  void ExpectAPlaceFor(const std::string& principal) {
    EXPECT_TRUE(Eventually([&] { return TryRead(principal).ok(); })) << TryRead(principal);
  }
};

TEST_F(FewStreamsTest, OneMoreThanMayBeIsRefusedAndTheOthersGoOn) {
  auto first = std::make_unique<OpenAppends>(*stub_);
  const OpenAppends second(*stub_);
  ASSERT_EQ(first->Append(), 1U);
  ASSERT_EQ(second.Append(), 2U);
  ExpectTooMany(TryAppends("ann"));  // Ann has half of them.
  ExpectTooMany(TryRead("ann"));
  EXPECT_TRUE(ledger_.ClientOf("ann")->PutBlob("a plan").ok());  // Blobs have their own places.

  OpenSubscription third(*stub_);
  OpenSubscription fourth(*stub_);
  ExpectTooMany(TryRead("billing"));                                            // All are taken.
  EXPECT_EQ(TryAppends("audrey").code(), absl::StatusCode::kPermissionDenied);  // Said before that.
  EXPECT_EQ(first->Append(), 3U);
  EXPECT_EQ(second.Append(), 4U);
  EXPECT_TRUE(third.ReadTo(4));
  EXPECT_TRUE(fourth.ReadTo(4));

  first.reset();
  ExpectAPlaceFor("billing");
  ExpectAPlaceFor("ann");
}

class ImpatientStreamsTest : public FewStreamsTest {
 protected:
  ImpatientStreamsTest() : FewStreamsTest(1s) {}
};

TEST_F(ImpatientStreamsTest, WhoIsSilentMayStay) {
  const OpenAppends silent(*stub_);
  ASSERT_EQ(silent.Append(), 1U);
  OpenSubscription clock(*stub_);
  ASSERT_TRUE(clock.ReadTo(1));
  constexpr int kLongerThanPatience = 8;  // Signs of life, 200 ms each.
  for (int i = 0; i < kLongerThanPatience; ++i) ASSERT_TRUE(clock.reader->Read(&clock.chunk));
  EXPECT_EQ(silent.Append(), 2U);
}

TEST_F(ImpatientStreamsTest, WhoReadsNeitherAnswersNorTheEndGivesUpThePlace) {
  const auto stub = NarrowStub();
  const OpenAppends other(*stub_);
  ASSERT_EQ(other.Append(), 1U);
  const OpenAppends unread(*stub);
  SendMany(*unread.stream);
  ExpectAPlaceFor("ann");
  EXPECT_GT(other.Append(), 1U);
}

class UnreadAnswersTest : public FewStreamsTest {
 protected:
  // Runs from the end on, too, and all must have been read by then, however slow the machine.
  UnreadAnswersTest() : FewStreamsTest(10s) {}
};

TEST_F(UnreadAnswersTest, WhoReadsAfterAllIsToldAndHasEveryAnswerUpToThere) {
  const auto stub = NarrowStub();
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("ann"), 120s);
  const auto stream = stub->AppendStream(&context);
  std::jthread writing([&stream] { SendMany(*stream); });
  ASSERT_TRUE(Eventually(
      [this] {
        return ledger_.metrics().Text().find(
                   "grpc_server_handled_total{grpc_code=\"RESOURCE_EXHAUSTED\",grpc_method="
                   "\"AppendStream\"") != std::string::npos;
      },
      40s));
  Position position = 0;
  ledger::v1::AppendStreamResponse response;
  while (stream->Read(&response))
    for (const auto& outcome : response.outcomes())
      ASSERT_EQ(outcome.response().receipt().last_position(), ++position);
  writing.join();
  const Status ended = rpc::FromGrpc(stream->Finish());
  EXPECT_EQ(ended.code(), absl::StatusCode::kResourceExhausted) << ended;
  EXPECT_EQ(AdviceOf(ended).reason, "SLOW_READER");
  EXPECT_GT(position, 0U);
  EXPECT_GE(ledger_.log().Head().head().position(), position);
}

// More calls than a connection may have wait in their client, and nobody else does.
TEST_F(HandledCallsTest, AConnectionHasAThousandCallsAtATime) {
  using grpc::health::v1::Health;
  using grpc::health::v1::HealthCheckRequest;
  grpc::health::v1::HealthCheckResponse response;
  struct Watch {
    Context context;
    std::unique_ptr<grpc::ClientReader<grpc::health::v1::HealthCheckResponse>> reader;
  };
  const auto check = [&response](Health::Stub& stub, std::chrono::milliseconds patience) {
    Context context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    return stub.Check(&context, HealthCheckRequest(), &response).error_code();
  };
  const auto busy = Health::NewStub(rpc::Connect(ledger_.address()));
  const auto other = Health::NewStub(rpc::Connect(ledger_.address()));
  std::vector<Watch> watches(1'000);
  for (Watch& watch : watches) {
    watch.reader = busy->Watch(&watch.context, HealthCheckRequest());
    ASSERT_TRUE(watch.reader->Read(&response));
  }
  EXPECT_EQ(check(*busy, 300ms), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(check(*other, 20s), grpc::StatusCode::OK);
  const auto end = [](Watch& watch) {
    watch.context.TryCancel();
    EXPECT_FALSE(watch.reader->Finish().ok());
  };
  end(watches.back());
  watches.pop_back();
  EXPECT_EQ(check(*busy, 20s), grpc::StatusCode::OK);
  for (Watch& watch : watches) end(watch);
}

}  // namespace
}  // namespace hq::testing
