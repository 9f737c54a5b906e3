#include "services/ledger/api/document_api.hpp"

#include <condition_variable>
#include <utility>

#include "services/ledger/api/admit_raw.hpp"
#include "services/ledger/api/chunk_stream.hpp"
#include "services/ledger/api/export_source.hpp"
#include "services/ledger/core/authority.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kLookInterval(250);

rpc::Caller TheLedgerItself() { return {"ledger", std::string(rpc::kServiceRole), {}}; }

}  // namespace

DocumentApi::DocumentApi(RocksEventLog& log, std::string spool_directory, const rpc::Door& door,
                         Clock& clock, runtime::Metrics& metrics, DocumentLimits limits)
    : log_(log),
      spool_directory_(std::move(spool_directory)),
      door_(door),
      clock_(clock),
      limits_(limits),
      own_log_(log.As(TheLedgerItself())),
      hub_(limits.export_patience, limits.exports_max, metrics) {}

DocumentApi::~DocumentApi() = default;

void DocumentApi::Run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stopped.wait_for(lock, stop, kLookInterval, [&] { return stop.stop_requested(); })) {
    if (stop.stop_requested()) break;
    if (const Status closed = door_.CheckGate(); !closed.ok()) hub_.EndAll(closed);
    const SteadyTime now = std::chrono::steady_clock::now();
    hub_.PumpAll(now);
    CancelSilent(now - limits_.import_patience);
  }
  hub_.EndAll(Refusal(absl::StatusCode::kUnavailable, "the ledger is stopping", "STOPPING",
                      "Try again when it is back."));
  CancelSilent(SteadyTime::max());
}

void DocumentApi::CancelSilent(SteadyTime oldest) {
  std::lock_guard lock(mutex_);
  for (const auto& [context, alive] : imports_)
    if (alive < oldest) context->TryCancel();
}

grpc::Status DocumentApi::ImportEntries(grpc::ServerContext* context, ImportCall::Stream* stream) {
  return door_.Answer(*context, v1::ImportEntriesRequest(), [&](const rpc::Call& call) {
    return Import(*context, *stream, call.caller);
  });
}

Status DocumentApi::Import(grpc::ServerContext& context, ImportCall::Stream& stream,
                           const rpc::Caller& caller) {
  HQ_RETURN_IF_ERROR(CheckImportAuthority({caller.principal, caller.role, caller.cells}));
  HQ_RETURN_IF_ERROR(Enter(context));
  Status closed;  // Why the gate ended it, if it did.
  ImportCall call(*own_log_, clock_, stream, [this, &context, &closed] {
    closed = door_.CheckGate();
    return closed.ok() && IsAlive(context);
  });
  Status status;
  if (auto document = SpoolFile::Create(spool_directory_, limits_.reserve_bytes); document.ok()) {
    status = call.Run(**document, caller.principal);
  } else {
    status = document.status();
  }
  Leave(context);
  return closed.ok() ? status : closed;
}

Status DocumentApi::Enter(grpc::ServerContext& context) {
  std::lock_guard lock(mutex_);
  if (imports_.size() >= limits_.imports_max)
    return Refusal(absl::StatusCode::kResourceExhausted,
                   "as many documents as may be are being imported", "IMPORTS_BUSY",
                   "Try again when one of them has ended.");
  imports_[&context] = std::chrono::steady_clock::now();
  return absl::OkStatus();
}

bool DocumentApi::IsAlive(grpc::ServerContext& context) {
  std::lock_guard lock(mutex_);
  imports_[&context] = std::chrono::steady_clock::now();
  return !context.IsCancelled();
}

void DocumentApi::Leave(grpc::ServerContext& context) {
  std::lock_guard lock(mutex_);
  imports_.erase(&context);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* DocumentApi::ExportEntries(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  v1::ExportEntriesRequest wanted;
  const auto call = AdmitRaw(door_, *context, *request, wanted);
  const auto refuse = [&](const Status& status) {
    return new ChunkStream(hub_, export_, *context, std::make_unique<EndedSource>(status));
  };
  if (!call.ok()) return refuse(call.status());
  auto place = hub_.Enter(call->caller.principal);
  if (!place.ok()) return refuse(place.status());
  return new ChunkStream(hub_, export_, *context,
                         std::make_unique<ExportSource>(log_, call->caller, wanted),
                         *std::move(place));
}

}  // namespace hq::ledger
