#include "common/witness/witness.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "common/runtime/log.hpp"
#include "common/witness/verifier_key_file.hpp"

namespace hq::ledger {
namespace {

using Stub = v1::ProofService::Stub;

constexpr std::chrono::seconds kCallTimeout(5);
constexpr std::chrono::seconds kReportAgain(60);

// Whatever keeps the ledger from answering is no fault of its history.
Status Away(const Status& status) {
  return WithAdvice(absl::UnavailableError(status.message()), AdviceOf(status));
}

}  // namespace

Result<std::unique_ptr<Witness>> Witness::Open(WitnessSettings settings, const std::string& address,
                                               std::string token, Clock& clock,
                                               runtime::Metrics& metrics) {
  HQ_ASSIGN_OR_RETURN(auto key, SigningKey::FromFileOrNew(settings.key_file, settings.name));
  std::unique_ptr<Witness> witness(
      new Witness(std::move(settings), std::move(key), address, std::move(token), clock, metrics));
  HQ_ASSIGN_OR_RETURN(witness->memory_, LoadMemory(witness->memory_file_));
  if (witness->memory_) witness->trusted_.push_back(witness->memory_->log_key);
  if (const std::string& file = witness->settings_.log_key_file; !file.empty()) {
    HQ_ASSIGN_OR_RETURN(witness->trusted_.emplace_back(), ReadVerifierKey(file, KeyType::kEd25519));
  }
  return witness;
}

Witness::Witness(WitnessSettings settings, SigningKey key, const std::string& address,
                 std::string token, Clock& clock, runtime::Metrics& metrics)
    : settings_(std::move(settings)),
      memory_file_(settings_.directory + "/cosigned"),
      key_(std::move(key)),
      token_(std::move(token)),
      clock_(clock),
      metrics_(metrics),
      ledger_(v1::ProofService::NewStub(rpc::Connect(address))) {}

void Witness::Run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    Look(stop).IgnoreError();  // Reported already.
    stopped.wait_for(lock, stop, settings_.interval, [] { return false; });
  }
}

Status Witness::Look(std::stop_token stop) {
  const Status status = Judge(stop);
  if (stop.stop_requested()) return status;
  // After any failure the ledger may have begun another life, which must hear what is remembered.
  if (!status.ok()) is_presented_ = false;
  Report(status);
  return status;
}

template <class Request, class Response>
Status Witness::Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response, const std::stop_token& stop) {
  grpc::ClientContext context;
  rpc::Prepare(context, token_, kCallTimeout);
  const std::stop_callback cancel(stop, [&context] { context.TryCancel(); });
  return rpc::FromGrpc((*ledger_.*method)(&context, request, &response));
}

Status Witness::Judge(const std::stop_token& stop) {
  HQ_RETURN_IF_ERROR(Present(stop));
  v1::GetCheckpointRequest request;
  request.set_for_cosigning(true);
  v1::GetCheckpointResponse response;
  if (const Status asked = Ask(&Stub::GetCheckpoint, request, response, stop); !asked.ok())
    return Away(asked);
  HQ_ASSIGN_OR_RETURN(TrustedCheckpoint shown, OpenShown(response.note(), stop));
  HQ_RETURN_IF_ERROR(CheckHistory(shown, stop));
  const bool is_known = memory_ && memory_->log_key == shown.log_key &&
                        memory_->checkpoint.note.text == shown.checkpoint.note.text;
  return is_known ? absl::OkStatus() : Cosign(std::move(shown), stop);
}

Status Witness::Present(const std::stop_token& stop) {
  if (is_presented_) return absl::OkStatus();
  v1::PresentCheckpointRequest request;
  if (memory_) request.set_note(FormatSignedNote(memory_->checkpoint.note));
  v1::PresentCheckpointResponse response;
  HQ_RETURN_IF_ERROR(Heard(Ask(&Stub::PresentCheckpoint, request, response, stop)));
  is_presented_ = true;
  return absl::OkStatus();
}

Result<NamedKey> Witness::AskKey(const std::stop_token& stop) {
  v1::GetLogKeyResponse response;
  if (const Status asked = Ask(&Stub::GetLogKey, v1::GetLogKeyRequest(), response, stop);
      !asked.ok())
    return Away(asked);
  return NamedKey{response.verifier_key(),
                  {response.rotations().begin(), response.rotations().end()},
                  {response.forks().begin(), response.forks().end()}};
}

Result<TrustedCheckpoint> Witness::OpenShown(const std::string& note, const std::stop_token& stop) {
  HQ_ASSIGN_OR_RETURN(OpenedCheckpoint opened,
                      OpenTrusted(note, trusted_, [&] { return AskKey(stop); }));
  const std::string key = opened.shown.log_key.Format();
  if (opened.trust == Trust::kFirstUse) log::Warn("witness_trusts_first_key", {{"log_key", key}});
  if (opened.trust == Trust::kFollowed) log::Info("witness_follows_key", {{"log_key", key}});
  return std::move(opened.shown);
}

Status Witness::CheckHistory(const TrustedCheckpoint& shown, const std::stop_token& stop) {
  if (!memory_) return absl::OkStatus();  // Every tree begins with the empty one.
  const GrowthQuestions ask{
      [&](std::uint64_t first, std::uint64_t second) -> Result<Proof> {
        v1::ProveConsistencyRequest request;
        request.set_first_size(first);
        request.set_second_size(second);
        v1::ProveConsistencyResponse response;
        if (const Status asked = Ask(&Stub::ProveConsistency, request, response, stop); !asked.ok())
          return Away(asked);
        return Proof(response.hashes().begin(), response.hashes().end());
      },
      [&]() -> Result<std::vector<Fork>> {
        HQ_ASSIGN_OR_RETURN(const NamedKey named, AskKey(stop));
        return OpenForks(named.forks, {shown.log_key, memory_->log_key});
      }};
  const Checkpoint& seen = memory_->checkpoint.checkpoint;
  HQ_RETURN_IF_ERROR(CheckGrowth(seen, shown.checkpoint.checkpoint, ask));
  if (const std::uint64_t epoch = shown.checkpoint.checkpoint.epoch(); epoch != seen.epoch())
    log::Warn("witness_follows_fork", {{"from_epoch", std::to_string(seen.epoch())},
                                       {"epoch", std::to_string(epoch)},
                                       {"seen_size", std::to_string(seen.head.size)}});
  return absl::OkStatus();
}

Status Witness::Cosign(TrustedCheckpoint shown, const std::stop_token& stop) {
  SignedNote& note = shown.checkpoint.note;
  std::erase_if(note.signatures, [&](const NoteSignature& signature) {
    return !shown.log_key.IsSignerOf(signature);
  });
  note.signatures.push_back(key_.Cosign(note.text, ToMicros(clock_.Now()) / 1'000'000));
  v1::CosignRequest request;
  request.set_note(FormatSignedNote(note));
  // Remembered first: a cosignature that is out and forgotten would let the ledger go back.
  HQ_RETURN_IF_ERROR(StoreMemory(memory_file_, shown));
  trusted_ = {shown.log_key};
  memory_ = std::move(shown);
  v1::CosignResponse response;
  HQ_RETURN_IF_ERROR(Heard(Ask(&Stub::Cosign, request, response, stop)));
  metrics_.Add("hq_witness_cosignatures_total");
  metrics_.Set("hq_witness_size", static_cast<double>(memory_->checkpoint.checkpoint.head.size));
  return absl::OkStatus();
}

Status Witness::Heard(const Status& answer) {
  if (absl::IsPermissionDenied(answer)) {
    Report(absl::UnavailableError("the ledger does not listen: " + std::string(answer.message())));
    return absl::OkStatus();
  }
  return answer.ok() ? answer : Away(answer);
}

// Once, and again every minute: loud, and still to be read.
void Witness::Report(const Status& status) {
  const bool is_refusal = !status.ok() && !absl::IsUnavailable(status);
  const std::string reason = AdviceOf(status).reason;
  if (is_refusal) metrics_.Add("hq_witness_refusals_total", {{"reason", reason}});
  if (status.ok()) return;
  const auto now = std::chrono::steady_clock::now();
  if (reported_ == status.message() && now - reported_at_ < kReportAgain) return;
  reported_ = std::string(status.message());
  reported_at_ = now;
  const auto say = is_refusal ? log::Error : log::Warn;
  say(is_refusal ? "witness_refuses" : "witness_waits",
      {{"reason", reason}, {"error", std::string(status.message())}});
}

}  // namespace hq::ledger
