#include "services/ledger/api/blob_upload.hpp"

#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

Status TooLarge(const std::string& what) {
  return Refusal(absl::StatusCode::kInvalidArgument, "chunk: " + what, "INVALID_FIELD",
                 "Send chunks of 1 MiB or less, 64 MiB in all.");
}

}  // namespace

BlobUpload::BlobUpload(RocksEventLog& log, const rpc::Handled& handled, StreamHub& hub,
                       grpc::CallbackServerContext& context, Result<rpc::Caller> caller,
                       v1::PutBlobResponse& response)
    : log_(log),
      handled_(handled),
      context_(context),
      caller_(std::move(caller)),
      place_(caller_.ok() ? hub.Enter(caller_->principal) : caller_.status()),
      response_(response) {
  if (place_.ok()) {
    StartRead(&request_);
  } else {
    Finish(handled_.End(place_.status()));
  }
}

void BlobUpload::OnReadDone(bool ok) {
  if (!place_.ok()) return;
  if (!ok) return Finish(handled_.End(Store()));
  if (request_.chunk().size() > kBlobChunkBytesMax)
    return Finish(handled_.End(TooLarge("larger than 1 MiB")));
  if (content_.size() + request_.chunk().size() > kBlobBytesMax)
    return Finish(handled_.End(TooLarge("more than 64 MiB in all")));
  content_ += request_.chunk();
  StartRead(&request_);
}

Status BlobUpload::Store() {
  if (context_.IsCancelled()) return absl::CancelledError("given up before its end");
  HQ_ASSIGN_OR_RETURN(const std::string sha256, log_.PutBlob(*caller_, content_));
  response_.set_sha256(sha256);
  response_.set_size(content_.size());
  return absl::OkStatus();
}

}  // namespace hq::ledger
