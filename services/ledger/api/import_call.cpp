#include "services/ledger/api/import_call.hpp"

#include "common/runtime/fault.hpp"
#include "services/ledger/core/limits.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kTellInterval(250);

// The end of a stream does not tell a caller who is done from one who is gone.
Status CutOff() {
  return Refusal(absl::StatusCode::kInvalidArgument, "the document has no end", "DOCUMENT_CUT_OFF",
                 "Send it whole, with `complete` in the last message; nothing was appended.");
}

}  // namespace

Status ImportCall::Run(SpoolFile& document, const std::string& admin) {
  HQ_RETURN_IF_ERROR(Receive(document));
  EntryImport import(log_, clock_, document, admin,
                     [this](const v1::ImportProgress& progress) { return Tell(progress); });
  Status status = import.Check();
  if (status.ok() && !is_dry_run_) status = import.Append();
  v1::ImportEntriesResponse response;
  *response.mutable_summary() = import.summary();
  stream_.Write(response);
  return status;
}

Status ImportCall::Receive(SpoolFile& document) {
  v1::ImportEntriesRequest request;
  v1::ImportProgress progress;
  for (bool is_first = true; !request.complete(); is_first = false) {
    if (!stream_.Read(&request)) return CutOff();
    if (is_first) is_dry_run_ = request.dry_run();
    if (request.chunk().size() > kDocumentChunkBytesMax)
      return Refusal(absl::StatusCode::kInvalidArgument, "chunk: larger than 1 MiB",
                     "INVALID_FIELD", "Send the document in chunks of 1 MiB or less.");
    fault::Point("ledger.spool.before");
    HQ_RETURN_IF_ERROR(document.Append(request.chunk()));
    fault::Point("ledger.spool.after");
    progress.set_bytes_received(document.size());
    if (!Tell(progress)) return CutOff();
  }
  return absl::OkStatus();
}

bool ImportCall::Tell(const v1::ImportProgress& progress) {
  if (!on_alive_()) return false;
  const SteadyTime now = std::chrono::steady_clock::now();
  if (now - told_ < kTellInterval) return true;
  told_ = now;
  v1::ImportEntriesResponse response;
  *response.mutable_progress() = progress;
  return stream_.Write(response);
}

}  // namespace hq::ledger
