// Goal: operators see how every call of the ledger ended, also of the calls that take the short way
// past Door::Answer. Method: each of them made, well and badly, and the metrics read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/grpc/channel.hpp"
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
    EXPECT_TRUE(
        Eventually([&] { return ledger_.metrics().Text().find(line) != std::string::npos; }, 5s))
        << line;
  }

  FakeClock clock_;
  TestLedger ledger_{clock_};
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

}  // namespace
}  // namespace hq::testing
