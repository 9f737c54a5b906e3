// The Document gRPC service: JSON Lines in and out. Translates; never decides.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.hpp"
#include "common/grpc/door.hpp"
#include "common/grpc/handled.hpp"
#include "common/runtime/component.hpp"
#include "hq/ledger/v1/document_service.grpc.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/import_call.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

struct DocumentLimits {
  std::size_t imports_max = 4;               // At a time.
  std::uint64_t reserve_bytes = 1ULL << 30;  // Left free on the disk by a document on its way in.
  std::chrono::milliseconds import_patience{60'000};  // With a caller who neither sends nor reads.
  std::chrono::milliseconds export_patience{30'000};  // With a caller who does not read.
  std::size_t exports_max = 64;                       // At a time; half of them by one caller.
};

// Imports block a thread each, and there are few; exports go chunk by chunk as all reads do.
using DocumentMethods =
    v1::DocumentService::WithRawCallbackMethod_ExportEntries<v1::DocumentService::Service>;

// Thread-safe. Must outlive the server.
class DocumentApi final : public DocumentMethods, public Component {
 public:
  // All outlive it. Documents are spooled in `spool_directory`, which is made when the first comes.
  DocumentApi(RocksEventLog& log, std::string spool_directory, const rpc::Door& door, Clock& clock,
              runtime::Metrics& metrics, DocumentLimits limits = {});
  // Not inline: each place that had it so would compile all of gRPC's handlers again.
  ~DocumentApi() override;

  // Ends the calls of those who are gone, and exports once the door's gate has closed (an import
  // sees that by itself, before it appends more); ends every call when told to stop.
  void Run(std::stop_token stop) override;

  grpc::Status ImportEntries(grpc::ServerContext* context, ImportCall::Stream* stream) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ExportEntries(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;

 private:
  Status Import(grpc::ServerContext& context, ImportCall::Stream& stream,
                const rpc::Caller& caller);
  Status Enter(grpc::ServerContext& context);
  bool IsAlive(grpc::ServerContext& context);
  void Leave(grpc::ServerContext& context);
  // Cancels the imports that have shown no sign of life since `oldest`.
  void CancelSilent(SteadyTime oldest);

  RocksEventLog& log_;
  const std::string spool_directory_;
  const rpc::Door& door_;
  Clock& clock_;
  const DocumentLimits limits_;
  const std::unique_ptr<EventLog> own_log_;  // As the ledger itself.
  StreamHub hub_;
  const rpc::Handled export_{door_, v1::ExportEntriesRequest::descriptor()};
  std::mutex mutex_;
  std::map<grpc::ServerContext*, SteadyTime> imports_;  // Under way; the last sign of life.
};

}  // namespace hq::ledger
