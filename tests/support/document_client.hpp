// Imports and exports documents over gRPC, as hqctl does, with the document in memory.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "hq/ledger/v1/document_service.grpc.pb.h"

namespace hq::testing {

class DocumentClient {
 public:
  struct Imported {
    Status status;
    ledger::v1::ImportSummary summary;
    int progress_messages = 0;
  };

  DocumentClient(const std::string& address, std::string token)
      : token_(std::move(token)),
        stub_(ledger::v1::DocumentService::NewStub(rpc::Connect(address))) {}

  Imported Import(const std::string& document, bool is_dry_run = false,
                  std::size_t chunk_bytes = 300'000) const {
    return ImportParts(is_dry_run, true, Parts(document, chunk_bytes));
  }

  // All of the document but the word that this is all.
  Imported ImportCutOff(const std::string& document) const {
    return ImportParts(false, false, Parts(document, document.size()));
  }

  // `next` puts the next part into its argument, or says with false that there is none.
  Imported ImportParts(bool is_dry_run, bool is_complete,
                       const std::function<bool(std::string&)>& next) const {
    grpc::ClientContext context;
    rpc::Prepare(context, token_, kTimeout);
    const auto stream = stub_->ImportEntries(&context);
    Imported imported;
    std::jthread listening([&] {
      ledger::v1::ImportEntriesResponse response;
      while (stream->Read(&response)) {
        if (response.has_summary()) imported.summary = response.summary();
        if (response.has_progress()) ++imported.progress_messages;
      }
    });
    ledger::v1::ImportEntriesRequest request;
    request.set_dry_run(is_dry_run);
    while (next(*request.mutable_chunk()) && stream->Write(request)) request.set_dry_run(false);
    request.clear_chunk();
    request.set_complete(is_complete);
    stream->Write(request);
    stream->WritesDone();
    listening.join();
    imported.status = rpc::FromGrpc(stream->Finish());
    return imported;
  }

  Result<std::string> Export(const ledger::v1::ExportEntriesRequest& request) const {
    std::string document;
    const Status status =
        ExportParts(request, [&document](const std::string& part) { document += part; });
    if (!status.ok()) return status;
    return document;
  }

  Status ExportParts(const ledger::v1::ExportEntriesRequest& request,
                     const std::function<void(const std::string&)>& on_part) const {
    grpc::ClientContext context;
    rpc::Prepare(context, token_, kTimeout);
    const auto reader = stub_->ExportEntries(&context, request);
    ledger::v1::ExportEntriesResponse response;
    while (reader->Read(&response)) on_part(response.chunk());
    return rpc::FromGrpc(reader->Finish());
  }

 private:
  static constexpr std::chrono::seconds kTimeout{600};

  static std::function<bool(std::string&)> Parts(const std::string& document, std::size_t bytes) {
    return [&document, bytes, at = std::size_t{0}](std::string& chunk) mutable {
      chunk = document.substr(at, bytes);
      at += chunk.size();
      return !chunk.empty();
    };
  }

  const std::string token_;
  const std::unique_ptr<ledger::v1::DocumentService::Stub> stub_;
};

}  // namespace hq::testing
