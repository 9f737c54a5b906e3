#include "tests/crash/companion.hpp"

#include "common/base/ids.hpp"
#include "common/ledger_client/ledger_client.hpp"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "tests/support/document_client.hpp"
#include "tests/support/pause.hpp"
#include "tests/support/sample_documents.hpp"

namespace hq::testing {
namespace {

constexpr std::size_t kContentBytes = 20'000;
constexpr std::size_t kDocumentLines = 20;
constexpr std::chrono::seconds kCallTimeout(10);

}  // namespace

Companion::Companion(std::string address, std::string token, std::uint64_t seed)
    : address_(std::move(address)),
      token_(std::move(token)),
      random_(seed),
      thread_([this](std::stop_token stop) { Work(std::move(stop)); }) {}

void Companion::Stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Companion::Work(std::stop_token stop) {
  while (!stop.stop_requested()) {
    PutContent();
    ImportDocument();
    BackUp();
    PauseBeforeRetry(stop);
  }
}

void Companion::PutContent() {
  if (content_.empty())
    for (std::size_t i = 0; i < kContentBytes; ++i) content_ += static_cast<char>(random_());
  const auto sha256 = ledger::LedgerClient(address_, token_).PutBlob(content_);
  if (!sha256.ok()) return;
  contents_put_.push_back(*sha256);
  content_.clear();
}

void Companion::ImportDocument() {
  if (document_.empty()) document_ = GeneratedDocument(kDocumentLines, random_);
  if (!DocumentClient(address_, token_).Import(document_).status.ok()) return;
  documents_imported_.push_back(std::move(document_));
  document_.clear();
}

void Companion::BackUp() const {
  const auto stub = ledger::v1::OperationsService::NewStub(rpc::Connect(address_));
  grpc::ClientContext context;
  rpc::Prepare(context, token_, kCallTimeout);
  ledger::v1::BackUpResponse response;
  stub->BackUp(&context, ledger::v1::BackUpRequest(), &response);  // Tried again soon if refused.
}

Status Companion::Check() const {
  ledger::LedgerClient log(address_, token_);
  for (const std::string& sha256 : contents_put_) {
    const auto content = log.GetBlob(sha256);
    if (!content.ok())
      return absl::DataLossError("content " + Hex(sha256) + ": " + content.status().ToString());
  }
  for (const std::string& document : documents_imported_) {
    const auto again = DocumentClient(address_, token_).Import(document);
    HQ_RETURN_IF_ERROR(again.status);
    if (again.summary.already_there() != kDocumentLines || again.summary.appended() != 0)
      return absl::DataLossError(std::to_string(again.summary.appended()) +
                                 " entries of an imported document were missing");
  }
  return absl::OkStatus();
}

}  // namespace hq::testing
