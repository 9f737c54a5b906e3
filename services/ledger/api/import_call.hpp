// One call of ImportEntries: takes the document in, has it imported, and tells the caller how far
// it is.
#pragma once

#include <grpcpp/grpcpp.h>
#include <grpcpp/support/sync_stream.h>

#include <functional>
#include <string>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "hq/ledger/v1/document_service.pb.h"
#include "services/ledger/adapters/entry_import.hpp"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

// Belongs to the call's thread.
class ImportCall {
 public:
  using Stream = grpc::ServerReaderWriter<v1::ImportEntriesResponse, v1::ImportEntriesRequest>;
  // A sign of life; false if the call is to end.
  using OnAlive = std::function<bool()>;

  // All outlive it. `log` is the ledger's own.
  ImportCall(EventLog& log, Clock& clock, Stream& stream, OnAlive on_alive)
      : log_(log), clock_(clock), stream_(stream), on_alive_(std::move(on_alive)) {}

  // Takes in, checks, appends, for that HQ admin. The summary is sent whenever there is one.
  Status Run(SpoolFile& document, const std::string& admin);

 private:
  Status Receive(SpoolFile& document);
  bool Tell(const v1::ImportProgress& progress);

  EventLog& log_;
  Clock& clock_;
  Stream& stream_;
  const OnAlive on_alive_;
  bool is_dry_run_ = false;
  SteadyTime told_;
};

}  // namespace hq::ledger
