// Goal: contents on their way, which the ledger holds whole, never take its memory, nor the places
// of its other streams. Method: a ledger in this process that takes four blobs at a time, and
// callers who send and read no further.
#include <gtest/gtest.h>

#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
using ledger::v1::LedgerService;

constexpr std::size_t kMebibyte = 1024 * 1024;

// Takes no more than 64 KiB ahead of its reader.
std::shared_ptr<grpc::Channel> NarrowChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 64 * 1024);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

// A blob on its way in, which is not ended by its caller until this is destroyed.
struct OpenUpload {
  OpenUpload(LedgerService::Stub& stub, const std::string& principal) {
    rpc::Prepare(context, TokenOf(principal), 60s);
    writer = stub.PutBlob(&context, &response);
  }
  ~OpenUpload() {
    if (is_ended) return;
    context.TryCancel();
    static_cast<void>(writer->Finish());
  }

  // More than fits between the two: once it is sent, the ledger has begun to take it.
  bool SendMuch() {
    ledger::v1::PutBlobRequest request;
    request.set_chunk(std::string(kMebibyte, 'u'));
    constexpr int kMuch = 16;
    for (int i = 0; i < kMuch; ++i)
      if (!writer->Write(request)) return false;
    return true;
  }
  Status End() {
    is_ended = true;
    return rpc::FromGrpc(writer->Finish());
  }

  grpc::ClientContext context;
  ledger::v1::PutBlobResponse response;
  std::unique_ptr<grpc::ClientWriter<ledger::v1::PutBlobRequest>> writer;
  bool is_ended = false;
};

// A blob on its way out, of which one chunk has been read.
struct OpenDownload {
  OpenDownload(LedgerService::Stub& stub, const std::string& principal, const std::string& sha256) {
    rpc::Prepare(context, TokenOf(principal), 60s);
    ledger::v1::GetBlobRequest request;
    request.set_sha256(sha256);
    reader = stub.GetBlob(&context, request);
    ledger::v1::GetBlobResponse chunk;
    EXPECT_TRUE(reader->Read(&chunk));
  }
  ~OpenDownload() {
    context.TryCancel();
    static_cast<void>(reader->Finish());
  }

  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<ledger::v1::GetBlobResponse>> reader;
};

// Four at a time, two by one caller.
class BlobStreamsTest : public ::testing::Test {
 protected:
  explicit BlobStreamsTest(std::chrono::milliseconds patience = 60s)
      : ledger_(clock_, {.patience = patience, .blobs_max = 4}) {}

  Result<std::string> Put(const std::string& principal) {
    return ledger_.ClientOf(principal)->PutBlob("a plan");
  }

  static void ExpectRefused(const Status& status, absl::StatusCode code,
                            const std::string& reason) {
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(AdviceOf(status).reason, reason);
    EXPECT_FALSE(AdviceOf(status).next_step.empty());
  }
  void ExpectNoPlaceFor(const std::string& principal, const std::string& sha256) {
    constexpr auto kCode = absl::StatusCode::kResourceExhausted;
    ExpectRefused(Put(principal).status(), kCode, "TOO_MANY_STREAMS");
    ExpectRefused(ledger_.ClientOf(principal)->GetBlob(sha256).status(), kCode, "TOO_MANY_STREAMS");
  }

  FakeClock clock_;
  TestLedger ledger_;
  std::unique_ptr<LedgerService::Stub> stub_ =
      LedgerService::NewStub(NarrowChannel(ledger_.address()));
};

TEST_F(BlobStreamsTest, OneMoreThanMayBeIsRefusedAndTheOthersGoOn) {
  const auto stored = ledger_.log().PutBlob(CallerNamed("ann"), std::string(32 * kMebibyte, 'b'));
  ASSERT_TRUE(stored.ok()) << stored.status();
  const std::string& sha256 = *stored;
  auto up = std::make_unique<OpenUpload>(*stub_, "ann");
  ASSERT_TRUE(up->SendMuch());
  const OpenDownload down(*stub_, "ann", sha256);
  ExpectNoPlaceFor("ann", sha256);  // Ann has half of them.
  const OpenDownload third(*stub_, "sync", sha256);
  const OpenDownload fourth(*stub_, "sync", sha256);
  ExpectNoPlaceFor("billing", sha256);  // All are taken.
  EXPECT_TRUE(ledger_.ClientOf("ann")->Read(ledger::v1::ReadRequest()).ok());

  ASSERT_TRUE(up->SendMuch());
  ASSERT_TRUE(up->writer->WritesDone());
  EXPECT_EQ(up->End(), absl::OkStatus());
  EXPECT_EQ(up->response.size(), 32 * kMebibyte);
  EXPECT_TRUE(Eventually([&] { return Put("billing").ok(); }));
}

TEST_F(BlobStreamsTest, WhoMayNotStoreBlobsIsToldBeforeAnythingIsTaken) {
  OpenUpload upload(*stub_, "ci");  // Whom the door lets in, since it may append; it sends nothing.
  ExpectRefused(upload.End(), absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED");
}

class ImpatientBlobStreamsTest : public BlobStreamsTest {
 protected:
  ImpatientBlobStreamsTest() : BlobStreamsTest(1s) {}
};

TEST_F(ImpatientBlobStreamsTest, WhoStopsInTheMiddleIsEndedAndGivesUpThePlace) {
  OpenUpload first(*stub_, "ann");
  ledger::v1::PutBlobRequest request;
  request.set_chunk("a part");
  ASSERT_TRUE(first.writer->Write(request));
  OpenUpload second(*stub_, "ann");  // Which never begins.
  for (OpenUpload* upload : {&first, &second})
    ExpectRefused(upload->End(), absl::StatusCode::kResourceExhausted, "SLOW_WRITER");
  EXPECT_TRUE(Eventually([&] { return Put("ann").ok(); }));
}

}  // namespace
}  // namespace hq::testing
