// Goal: documents go in and come out byte for byte, over gRPC, by those who may. Method: a ledger
// in this process with its real RocksDB, raw calls against it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <random>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "hq/ledger/v1/document_service.grpc.pb.h"
#include "tests/support/document_client.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/sample_documents.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/test_ledger.hpp"

// Of the sanitizer's run-time library; g++ 12 comes without its header.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();

namespace hq::testing {
namespace {

using namespace std::chrono_literals;
namespace v1 = ledger::v1;

class DocumentApiTest : public ::testing::Test {
 protected:
  explicit DocumentApiTest(ledger::DocumentLimits limits = {})
      : ledger_(clock_, {}, limits, kLongGrace) {}

  DocumentClient As(const std::string& principal) const {
    return DocumentClient(ledger_.address(), TokenOf(principal));
  }

  FakeClock clock_{1'793'000'000'000'000};  // After every sample.
  TestLedger ledger_;
};

TEST_F(DocumentApiTest, TheWhitepapersSamplesComeInAndGoOut) {
  const std::string document = std::string(kSectionSeven) + kSectionNine + kAppendixB;
  const auto imported = As("ann").Import(document);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_EQ(imported.summary.sha256(), Sha256(document));
  EXPECT_EQ(imported.summary.bytes(), document.size());
  EXPECT_EQ(imported.summary.appended(), 6U);
  EXPECT_EQ(imported.summary.first_position(), 1U);
  EXPECT_EQ(imported.summary.last_position(), 6U);
  EXPECT_EQ(As("audrey").Export({}).value(), document);

  v1::ExportEntriesRequest filtered;
  filtered.mutable_filter()->set_event("deploy_failed");
  EXPECT_THAT(As("ann").Export(filtered).value(), ::testing::HasSubstr("TXN-20260118-003"));
  filtered.Clear();
  filtered.set_limit(2);
  EXPECT_EQ(As("ann").Export(filtered).value(), kSectionSeven);

  const auto again = As("ann").Import(document);
  ASSERT_TRUE(again.status.ok()) << again.status;
  EXPECT_EQ(again.summary.appended(), 0U);
  EXPECT_EQ(again.summary.already_there(), 6U);
}

TEST_F(DocumentApiTest, TheWholeSampleWithItsCommentIsRefusedAtThatLine) {
  const auto imported = As("ann").Import(std::string(kSectionSevenComment) + kSectionSeven);
  EXPECT_EQ(imported.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(imported.status).reason, "BAD_LINES");
  ASSERT_EQ(imported.summary.first_bad_lines_size(), 1);
  EXPECT_EQ(imported.summary.first_bad_lines(0).line(), 1U);
  EXPECT_EQ(imported.summary.first_bad_lines(0).path(), "$");
  EXPECT_EQ(ledger_.log().Head().head().position(), 0U);
}

TEST_F(DocumentApiTest, ADryRunAppendsNothing) {
  const auto imported = As("ann").Import(kAppendixB, true);
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_EQ(imported.summary.entries(), 3U);
  EXPECT_EQ(imported.summary.appended(), 0U);
  EXPECT_EQ(ledger_.log().Head().head().position(), 0U);
}

TEST_F(DocumentApiTest, OtherRecordsGoOutWithTheWhitepapersFields) {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  auto* event = append->add_events();
  event->set_branch("koosy");
  event->set_event("llm_generate");
  event->set_tokens(1520);
  event->set_claimed_cost("0.02736");
  ASSERT_TRUE(ledger_.log().As(CallerNamed("llm-koosy"))->Append(request).ok());
  const std::string line = As("ann").Export({}).value();
  EXPECT_THAT(line, ::testing::StartsWith("{\"id\":\"TXN-"));
  EXPECT_THAT(line, ::testing::HasSubstr(
                        R"("branch":"koosy","event":"llm_generate","tokens":1520,"cost":0.02736,)"
                        R"("actor":"llm-koosy","timestamp":")"));
}

TEST_F(DocumentApiTest, OnlyHqAdminsImport) {
  for (const auto& caller : Callers()) {
    if (caller.role == "hq_admin") continue;
    const auto imported = As(caller.principal).Import(kAppendixB);
    EXPECT_EQ(imported.status.code(), absl::StatusCode::kPermissionDenied) << caller.principal;
    EXPECT_FALSE(AdviceOf(imported.status).reason.empty()) << caller.principal;
  }
  const auto unknown = DocumentClient(ledger_.address(), "no token").Import(kAppendixB);
  EXPECT_EQ(unknown.status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ledger_.log().Head().head().position(), 0U);
}

TEST_F(DocumentApiTest, ACallerBoundToCellsGetsTheOwnCellsOnly) {
  ASSERT_TRUE(As("ann").Import(kAppendixB).status.ok());
  const std::string own = As("owner-koosy").Export({}).value();
  EXPECT_EQ(own, std::string(kAppendixB).substr(std::string(kAppendixB).find('\n') + 1));
  v1::ExportEntriesRequest other;
  other.set_branch("papafly");
  EXPECT_EQ(As("owner-koosy").Export(other).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(As("llm-koosy").Export({}).status().code(), absl::StatusCode::kPermissionDenied);
  v1::ExportEntriesRequest bad;
  bad.mutable_filter()->set_event("no event");
  EXPECT_EQ(As("ann").Export(bad).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(DocumentApiTest, NobodyElseNamesASource) {
  v1::AppendRequest request;
  auto* append = request.add_appends();
  append->set_stream("entry-koosy");
  auto* event = append->add_events();
  event->set_branch("koosy");
  event->set_event("deploy");
  event->set_source_line("{}");
  for (const char* principal : {"ann", "sync", "llm-koosy", "ci"}) {
    const auto response = ledger_.ClientOf(principal)->Append(request);
    EXPECT_EQ(response.status().code(), absl::StatusCode::kPermissionDenied) << principal;
  }
}

TEST_F(DocumentApiTest, ADocumentWithoutItsEndIsNone) {
  const auto imported = As("ann").ImportCutOff(kAppendixB);
  EXPECT_EQ(imported.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(imported.status).reason, "DOCUMENT_CUT_OFF");
  EXPECT_EQ(ledger_.log().Head().head().position(), 0U);
  EXPECT_EQ(As("ann").Import("").summary.lines(), 0U);
}

TEST_F(DocumentApiTest, AChunkThatIsTooLargeIsRefused) {
  const auto imported = As("ann").Import(std::string(3 << 20, ' '), false, 2 << 20);
  EXPECT_EQ(imported.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(AdviceOf(imported.status).reason, "INVALID_FIELD");
}

TEST_F(DocumentApiTest, AHundredThousandLinesGoThroughByteForByte) {
  std::mt19937_64 random(Seed());
  constexpr std::size_t kLines = 100'000;
  const std::string document = GeneratedDocument(kLines, random);
  const auto start = std::chrono::steady_clock::now();
  const auto imported = As("ann").Import(document);
  const auto done = std::chrono::steady_clock::now();
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_EQ(imported.summary.appended(), kLines);
  const auto exported = As("ann").Export({});
  ASSERT_TRUE(exported.ok()) << exported.status();
  EXPECT_TRUE(*exported == document);
  const auto end = std::chrono::steady_clock::now();
  RecordProperty("import_ms", std::to_string((done - start) / 1ms));
  RecordProperty("export_ms", std::to_string((end - done) / 1ms));
}

// What this process holds on its heap: what is freed does not count, although the sanitizer keeps
// it.
std::size_t HeldBytes() {
#ifdef __SANITIZE_ADDRESS__
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

// A document is held neither on its way in nor on its way out.
TEST_F(DocumentApiTest, MemoryStaysFlat) {
  constexpr int kParts = 24;
  constexpr std::size_t kFlatBytes = 16 << 20;
  const std::string line = R"({"id":"a","branch":"koosy","event":"deploy","note":")" +
                           std::string(60'000, 'x') + R"(","timestamp":"2026-01-18T01:02:03Z"})" +
                           "\n";
  std::string part;
  for (int i = 0; i < 16; ++i) part += line;
  const auto client = As("ann");
  ASSERT_TRUE(client.Import(part).status.ok());
  std::size_t most = 0;
  std::size_t before = HeldBytes();
  int parts = 0;
  const auto imported = client.ImportParts(true, true, [&](std::string& next) {
    most = std::max(most, HeldBytes());
    next = part;
    return parts++ < kParts;
  });
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  EXPECT_EQ(imported.summary.entries(), 16U * kParts);
  EXPECT_LT(most, before + kFlatBytes);

  ASSERT_TRUE(client
                  .ImportParts(false, true,
                               [&, left = kParts](std::string& next) mutable {
                                 next = part;
                                 return left-- > 0;
                               })
                  .status.ok());
  before = HeldBytes();
  most = 0;
  std::size_t bytes = 0;
  const Status exported = client.ExportParts({}, [&](const std::string& chunk) {
    bytes += chunk.size();
    most = std::max(most, HeldBytes());
  });
  ASSERT_TRUE(exported.ok()) << exported;
  EXPECT_EQ(bytes, part.size() * (kParts + 1));
  EXPECT_LT(most, before + kFlatBytes);
}

// An import of ann's that sends the first byte of a line, and no more by itself.
struct SilentImport {
  explicit SilentImport(const std::string& address)
      : stub(v1::DocumentService::NewStub(rpc::Connect(address))) {
    rpc::Prepare(context, TokenOf("ann"), 120s);
    stream = stub->ImportEntries(&context);
    v1::ImportEntriesRequest request;
    request.set_chunk("{");
    stream->Write(request);
  }

  bool IsIn() { return stream->Read(&response); }
  grpc::StatusCode End() {
    while (stream->Read(&response)) continue;
    return stream->Finish().error_code();
  }

  const std::unique_ptr<v1::DocumentService::Stub> stub;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReaderWriter<v1::ImportEntriesRequest, v1::ImportEntriesResponse>>
      stream;
  v1::ImportEntriesResponse response;
};

TEST_F(DocumentApiTest, ADocumentOnItsWayInEndsWhenTheLedgerStopsServing) {
  SilentImport import(ledger_.address());
  ASSERT_TRUE(import.IsIn());
  ledger_.readiness().Fail("SCRUB_MISMATCH: a test");
  v1::ImportEntriesRequest request;
  request.set_chunk(std::string(kAppendixB).substr(1));
  request.set_complete(true);
  ASSERT_TRUE(import.stream->Write(request));
  while (import.IsIn()) continue;
  const Status ended = rpc::FromGrpc(import.stream->Finish());
  EXPECT_EQ(AdviceOf(ended).reason, "NOT_SERVING") << ended;
  EXPECT_EQ(ledger_.log().Head().head().position(), 0U);
}

TEST_F(DocumentApiTest, AnImportAppendsNoMoreOnceTheLedgerStopsServingAndIsCompletedLater) {
  std::mt19937_64 random(Seed());
  constexpr std::size_t kLines = 5'000;
  const std::string document = GeneratedDocument(kLines, random);
  ledger_.log().SetAdmission([this](const v1::AppendRequest&) {
    ledger_.readiness().Fail("SCRUB_MISMATCH: a test");  // When the first batch is taken.
    return absl::OkStatus();
  });
  const auto ended = As("ann").Import(document);
  EXPECT_EQ(AdviceOf(ended.status).reason, "NOT_SERVING") << ended.status;
  const Position head = ledger_.log().Head().head().position();
  EXPECT_LT(head, kLines);
  ledger_.Stop();
  ledger_.Start();
  const auto completed = As("ann").Import(document);
  ASSERT_TRUE(completed.status.ok()) << completed.status;
  EXPECT_EQ(completed.summary.already_there(), head);
  EXPECT_EQ(completed.summary.appended(), kLines - head);
  EXPECT_TRUE(As("ann").Export({}).value() == document);
}

// It is more than lies on its way to a reader who does not read.
TEST_F(DocumentApiTest, AnExportEndsWhenTheLedgerStopsServing) {
  const std::string line = R"({"id":"a","branch":"koosy","event":"deploy","note":")" +
                           std::string(60'000, 'x') + R"(","timestamp":"2026-01-18T01:02:03Z"})" +
                           "\n";
  const auto imported =
      As("ann").ImportParts(false, true, [&line, left = 400](std::string& next) mutable {
        next = line;
        return left-- > 0;
      });
  ASSERT_TRUE(imported.status.ok()) << imported.status;
  const auto stub = v1::DocumentService::NewStub(rpc::Connect(ledger_.address()));
  grpc::ClientContext context;
  rpc::Prepare(context, TokenOf("ann"), 120s);
  const auto reader = stub->ExportEntries(&context, v1::ExportEntriesRequest());
  v1::ExportEntriesResponse response;
  ASSERT_TRUE(reader->Read(&response));
  ledger_.readiness().Fail("SCRUB_MISMATCH: a test");
  EXPECT_TRUE(Eventually([this] {
    return ledger_.metrics().Text().find(R"(hq_ledger_streams_ended_total{code="DATA_LOSS"} 1)") !=
           std::string::npos;
  })) << ledger_.metrics().Text();
  while (reader->Read(&response)) continue;
  const Status ended = rpc::FromGrpc(reader->Finish());
  EXPECT_EQ(AdviceOf(ended).reason, "NOT_SERVING") << ended;
}

class NarrowTest : public DocumentApiTest {
 protected:
  NarrowTest() : DocumentApiTest({.imports_max = 1}) {}
};

TEST_F(NarrowTest, OneMoreImportThanMayBeIsRefused) {
  SilentImport silent(ledger_.address());
  ASSERT_TRUE(silent.IsIn());
  const auto refused = As("ann").Import(kAppendixB);
  EXPECT_EQ(refused.status.code(), absl::StatusCode::kResourceExhausted) << refused.status;
  EXPECT_EQ(AdviceOf(refused.status).reason, "IMPORTS_BUSY");
  silent.context.TryCancel();
  EXPECT_EQ(silent.End(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([this] { return As("ann").Import(kAppendixB).status.ok(); }));
}

class ImpatientImportsTest : public DocumentApiTest {
 protected:
  ImpatientImportsTest() : DocumentApiTest({.imports_max = 1, .import_patience = 500ms}) {}
};

TEST_F(ImpatientImportsTest, ASilentImportIsEndedAndGivesUpThePlace) {
  SilentImport silent(ledger_.address());
  EXPECT_EQ(silent.End(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(Eventually([this] { return As("ann").Import(kAppendixB).status.ok(); }));
}

TEST_F(DocumentApiTest, StoppingEndsAnImport) {
  SilentImport silent(ledger_.address());
  ASSERT_TRUE(silent.IsIn());
  const auto start = std::chrono::steady_clock::now();
  ledger_.Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, kLongGrace / 2);
  EXPECT_NE(silent.End(), grpc::StatusCode::OK);
}

class DocumentOnAFullDiskTest : public DocumentApiTest {
 protected:
  DocumentOnAFullDiskTest() : DocumentApiTest({.reserve_bytes = 1ULL << 60}) {}
};

TEST_F(DocumentOnAFullDiskTest, ADocumentDoesNotTakeTheLedgersDisk) {
  const auto imported = As("ann").Import(kAppendixB);
  EXPECT_EQ(imported.status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(AdviceOf(imported.status).reason, "DISK_NEARLY_FULL");
}

}  // namespace
}  // namespace hq::testing
