#include "services/ledger/api/ledger_api.hpp"

#include "services/ledger/api/admit_raw.hpp"
#include "services/ledger/api/append_stream.hpp"
#include "services/ledger/api/blob_upload.hpp"
#include "services/ledger/api/chunk_stream.hpp"
#include "services/ledger/api/explanation.hpp"
#include "services/ledger/api/record_sources.hpp"
#include "services/ledger/api/wire.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kPumpInterval(250);

using Source = std::unique_ptr<ChunkSource>;

Source Ended(const Status& status) { return std::make_unique<EndedSource>(status); }

Status TooLate() {
  return Refusal(absl::StatusCode::kDeadlineExceeded, "too late; nothing was appended", "TOO_LATE",
                 "Send it again with a longer deadline.");
}

}  // namespace

LedgerApi::LedgerApi(RocksEventLog& log, const rpc::Door& door, runtime::Metrics& metrics,
                     StreamLimits limits)
    : log_(log),
      door_(door),
      limits_(limits),
      hub_(limits.patience, limits.streams_max, metrics),
      blobs_(limits.patience, limits.blobs_max, metrics) {}

LedgerApi::~LedgerApi() = default;

void LedgerApi::Run(std::stop_token stop) {
  Position seen = 0;
  while (!stop.stop_requested()) {
    // With nobody there no news is waited for: each waking takes an append's time.
    if (hub_.WaitForStreams(kPumpInterval, stop)) seen = log_.WaitPast(seen, kPumpInterval, stop);
    if (const Status closed = door_.CheckGate(); !closed.ok()) EndAll(closed);
    const auto now = std::chrono::steady_clock::now();
    hub_.PumpAll(now);
    blobs_.PumpAll(now);
    hub_.MeasureLag(seen, now);
  }
  EndAll(Refusal(absl::StatusCode::kUnavailable, "the ledger is stopping", "STOPPING",
                 "Try again when it is back."));
}

void LedgerApi::EndAll(const Status& status) {
  hub_.EndAll(status);
  blobs_.EndAll(status);
}

LedgerApi::Unary* LedgerApi::Append(Context* context, const Bytes* request, Bytes* response) {
  auto* reactor = context->DefaultReactor();
  auto arena = std::make_unique<google::protobuf::Arena>();
  auto* append = google::protobuf::Arena::CreateMessage<v1::AppendRequest>(arena.get());
  const auto call = AdmitRaw(door_, *context, *request, *append);
  if (!call.ok()) {
    reactor->Finish(append_.End(call.status()));
    return reactor;
  }
  // Checked before it is queued and never after: from then on the outcome is the committer's.
  if (context->deadline() < std::chrono::system_clock::now()) {
    reactor->Finish(append_.End(TooLate()));
    return reactor;
  }
  if (append->traceparent().empty()) append->set_traceparent(call->meta.traceparent);
  log_.Append(call->caller, HeldRequest(std::move(arena), append),
              [this, reactor, response](const Result<v1::AppendResponse>& result) {
                if (result.ok()) *response = ToWire("", *result);
                reactor->Finish(append_.End(result.status()));
              });
  return reactor;
}

grpc::ServerBidiReactor<LedgerApi::Bytes, LedgerApi::Bytes>* LedgerApi::AppendStream(
    Context* context) {
  return ledger::AppendStream::Start(log_, door_, append_stream_, hub_, *context,
                                     door_.Admit(*context, v1::AppendStreamRequest()));
}

LedgerApi::Unary* LedgerApi::Head(Context* context, const v1::HeadRequest* request,
                                  v1::HeadResponse* response) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(door_.Answer(*context, *request, [&](const rpc::Call&) {
    *response = log_.Head();
    return absl::OkStatus();
  }));
  return reactor;
}

LedgerApi::Unary* LedgerApi::Get(Context* context, const Bytes* request, Bytes* response) {
  auto* reactor = context->DefaultReactor();
  v1::GetRequest get;
  const auto call = AdmitRaw(door_, *context, *request, get);
  const auto bytes = call.ok() ? log_.Get(call->caller, get) : Result<std::string>(call.status());
  if (bytes.ok()) {
    v1::GetResponse rest;
    rest.set_leaf_hash(LeafHash(*bytes));
    std::string frames;
    AddFrame(frames, *bytes);
    *response = ToWire(std::move(frames), rest);
  }
  reactor->Finish(get_.End(bytes.status()));
  return reactor;
}

LedgerApi::Unary* LedgerApi::Explain(Context* context, const Bytes* request, Bytes* response) {
  auto* reactor = context->DefaultReactor();
  v1::ExplainRequest explain;
  const auto call = AdmitRaw(door_, *context, *request, explain);
  auto explained = call.ok() ? ledger::Explain(log_, call->caller, explain)
                             : Result<grpc::ByteBuffer>(call.status());
  if (explained.ok()) *response = *std::move(explained);
  reactor->Finish(explain_.End(explained.status()));
  return reactor;
}

template <class Make>
LedgerApi::Writer* LedgerApi::Stream(Context* context, StreamHub& hub, const rpc::Handled& handled,
                                     const Result<rpc::Call>& call, const Make& make) {
  if (!call.ok()) return new ChunkStream(hub, handled, *context, Ended(call.status()));
  auto place = hub.Enter(call->caller.principal);
  if (!place.ok()) return new ChunkStream(hub, handled, *context, Ended(place.status()));
  return new ChunkStream(hub, handled, *context, make(call->caller), *std::move(place));
}

LedgerApi::Writer* LedgerApi::ReadStream(Context* context, const Bytes* request) {
  v1::ReadStreamRequest read;
  const auto call = AdmitRaw(door_, *context, *request, read);
  return Stream(context, hub_, read_stream_, call, [&](const rpc::Caller& caller) -> Source {
    return std::make_unique<StreamSource>(log_, caller, read);
  });
}

LedgerApi::Writer* LedgerApi::Read(Context* context, const Bytes* request) {
  v1::ReadRequest read;
  const auto call = AdmitRaw(door_, *context, *request, read);
  return Stream(context, hub_, read_, call, [&](const rpc::Caller& caller) -> Source {
    return std::make_unique<RangeSource>(log_, caller, read);
  });
}

LedgerApi::Writer* LedgerApi::Subscribe(Context* context, const Bytes* request) {
  v1::SubscribeRequest subscribe;
  const auto call = AdmitRaw(door_, *context, *request, subscribe);
  return Stream(context, hub_, subscribe_, call, [&](const rpc::Caller& caller) -> Source {
    return std::make_unique<SubscriptionSource>(log_, caller, subscribe, limits_.sign_of_life);
  });
}

grpc::ServerReadReactor<v1::PutBlobRequest>* LedgerApi::PutBlob(Context* context,
                                                                v1::PutBlobResponse* response) {
  const auto call = door_.Admit(*context, v1::PutBlobRequest());
  const auto caller = call.ok() ? Result<rpc::Caller>(call->caller) : call.status();
  return new BlobUpload(log_, put_blob_, blobs_, *context, caller, *response);
}

LedgerApi::Writer* LedgerApi::GetBlob(Context* context, const Bytes* request) {
  v1::GetBlobRequest get;
  const auto call = AdmitRaw(door_, *context, *request, get);
  return Stream(context, blobs_, get_blob_, call, [&](const rpc::Caller&) -> Source {
    auto content = log_.GetBlob(get.sha256());
    if (!content.ok()) return Ended(content.status());
    return std::make_unique<BlobSource>(*std::move(content));
  });
}

}  // namespace hq::ledger
