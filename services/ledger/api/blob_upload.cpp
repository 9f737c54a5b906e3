#include "services/ledger/api/blob_upload.hpp"

#include "services/ledger/core/authority.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

Status TooLarge(const std::string& what) {
  return Refusal(absl::StatusCode::kInvalidArgument, "chunk: " + what, "INVALID_FIELD",
                 "Send chunks of 1 MiB or less, 64 MiB in all.");
}

Status NothingCame() {
  return Refusal(absl::StatusCode::kResourceExhausted, "nothing came for too long", "SLOW_WRITER",
                 "Send the content again, without a pause; nothing was stored.");
}

Result<std::unique_ptr<StreamHub::Place>> PlaceFor(StreamHub& hub,
                                                   const Result<rpc::Caller>& caller) {
  HQ_RETURN_IF_ERROR(caller.status());
  HQ_RETURN_IF_ERROR(CheckBlobAuthority({caller->principal, caller->role, caller->cells}));
  return hub.Enter(caller->principal);
}

}  // namespace

BlobUpload::BlobUpload(RocksEventLog& log, const rpc::Handled& handled, StreamHub& hub,
                       grpc::CallbackServerContext& context, Result<rpc::Caller> caller,
                       v1::PutBlobResponse& response)
    : log_(log),
      handled_(handled),
      hub_(hub),
      context_(context),
      caller_(std::move(caller)),
      place_(PlaceFor(hub, caller_)),
      response_(response) {
  hub_.Add(this);
  std::lock_guard lock(mutex_);
  if (place_.ok()) {
    ReadOn();
  } else {
    End(place_.status());
  }
}

void BlobUpload::EndIfStuck(SteadyTime now) {
  std::lock_guard lock(mutex_);
  const bool is_stuck = (is_reading_ || is_finished_) && now - since_ > hub_.patience();
  if (!is_stuck) return;
  if (is_finished_) {
    context_.TryCancel();
  } else {
    End(NothingCame());
  }
}

void BlobUpload::OnReadDone(bool ok) {
  {
    std::lock_guard lock(mutex_);
    is_reading_ = false;
    if (is_finished_) return;
  }
  // Storing takes its time, and nobody waits for it: what does not read is not stuck.
  const Status status = ok ? Take() : Store();
  std::lock_guard lock(mutex_);
  if (ok && status.ok()) {
    ReadOn();
  } else {
    End(status);
  }
}

void BlobUpload::OnDone() {
  hub_.Remove(this);
  delete this;
}

void BlobUpload::ReadOn() {
  is_reading_ = true;
  since_ = std::chrono::steady_clock::now();
  StartRead(&request_);
}

void BlobUpload::End(const Status& status) {
  is_finished_ = true;
  since_ = std::chrono::steady_clock::now();
  std::string().swap(content_);  // Not kept until the end has been read.
  Finish(handled_.End(status));
}

Status BlobUpload::Take() {
  const std::string& chunk = request_.chunk();
  if (chunk.size() > kBlobChunkBytesMax) return TooLarge("larger than 1 MiB");
  if (content_.size() + chunk.size() > kBlobBytesMax) return TooLarge("more than 64 MiB in all");
  content_ += chunk;
  return absl::OkStatus();
}

Status BlobUpload::Store() {
  if (context_.IsCancelled()) return absl::CancelledError("given up before its end");
  HQ_ASSIGN_OR_RETURN(const std::string sha256, log_.PutBlob(*caller_, content_));
  response_.set_sha256(sha256);
  response_.set_size(content_.size());
  return absl::OkStatus();
}

}  // namespace hq::ledger
