#include "tests/bench/workloads/proofs.hpp"

#include <functional>
#include <random>

#include "common/grpc/channel.hpp"
#include "common/transparency/checkpoint.hpp"
#include "common/transparency/proof.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "hq/ledger/v1/proof_service.grpc.pb.h"
#include "tests/bench/report/statistics.hpp"

namespace hq::bench {
namespace {

namespace v1 = ledger::v1;

constexpr int kCallsARound = 2'000;
constexpr auto kProofTimeout = std::chrono::seconds(30);

// Calls one after the other, as a verifier makes them.
class Verifier {
 public:
  explicit Verifier(const LedgerSystem& ledger)
      : token_(ledger.token()),
        channel_(rpc::Connect(ledger.address())),
        log_(v1::LedgerService::NewStub(channel_)),
        proofs_(v1::ProofService::NewStub(channel_)) {}

  Result<v1::HeadResponse> Head() {
    return Call<v1::HeadResponse>(
        [&](auto* context, auto* response) { return log_->Head(context, {}, response); });
  }

  // The latest checkpoint that covers so many records.
  Result<v1::GetCheckpointResponse> Checkpoint(std::uint64_t min_size) {
    v1::GetCheckpointRequest request;
    request.set_min_size(min_size);
    return Call<v1::GetCheckpointResponse>([&](auto* context, auto* response) {
      return proofs_->GetCheckpoint(context, request, response);
    });
  }

  Result<v1::ProveInclusionResponse> Inclusion(std::uint64_t position, std::uint64_t size) {
    v1::ProveInclusionRequest request;
    request.set_position(position);
    request.set_size(size);
    return Call<v1::ProveInclusionResponse>([&](auto* context, auto* response) {
      return proofs_->ProveInclusion(context, request, response);
    });
  }

  Result<v1::ProveConsistencyResponse> Consistency(std::uint64_t first, std::uint64_t second) {
    v1::ProveConsistencyRequest request;
    request.set_first_size(first);
    request.set_second_size(second);
    return Call<v1::ProveConsistencyResponse>([&](auto* context, auto* response) {
      return proofs_->ProveConsistency(context, request, response);
    });
  }

 private:
  template <class Response, class Method>
  Result<Response> Call(const Method& method) {
    grpc::ClientContext context;
    rpc::Prepare(context, token_, kProofTimeout);
    context.set_wait_for_ready(true);
    Response response;
    const grpc::Status status = method(&context, &response);
    if (!status.ok()) return absl::UnavailableError("ledger: " + status.error_message());
    return response;
  }

  const std::string token_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::LedgerService::Stub> log_;
  std::unique_ptr<v1::ProofService::Stub> proofs_;
};

void NoteProofs(Bench& bench, const std::string& metric, const std::string& unit, double value) {
  bench.board().Add({"W10", bench.ledger().name(), Durability::kFsync, 1, 1, metric, unit}, value);
}

// Microseconds of each of the calls.
Result<std::vector<double>> TimeOf(const std::function<Status()>& call) {
  std::vector<double> times_us;
  for (int i = 0; i < kCallsARound; ++i) {
    const SteadyTime since = Now();
    HQ_RETURN_IF_ERROR(call());
    times_us.push_back(SecondsBetween(since, Now()) * 1e6);
  }
  return times_us;
}

ledger::Proof HashesOf(const google::protobuf::RepeatedPtrField<std::string>& hashes) {
  return {hashes.begin(), hashes.end()};
}

// What a proof costs is what its call takes longer than one that proves nothing.
Status MeasureInclusion(Bench& bench, Verifier& verifier, const ledger::TreeHead& head) {
  std::mt19937_64 random(bench.plan().proof_events);
  double verify_us = 0;
  double bytes = 0;
  HQ_ASSIGN_OR_RETURN(const auto empty, TimeOf([&] { return verifier.Head().status(); }));
  HQ_ASSIGN_OR_RETURN(const auto calls, TimeOf([&]() -> Status {
                        return verifier.Inclusion(random() % head.size + 1, head.size).status();
                      }));
  for (int i = 0; i < kCallsARound; ++i) {
    const std::uint64_t position = random() % head.size + 1;
    HQ_ASSIGN_OR_RETURN(const auto proof, verifier.Inclusion(position, head.size));
    const SteadyTime since = Now();
    HQ_RETURN_IF_ERROR(
        ledger::CheckInclusion(proof.leaf_hash(), position - 1, head, HashesOf(proof.hashes())));
    verify_us += SecondsBetween(since, Now()) * 1e6 / kCallsARound;
    bytes += static_cast<double>(proof.ByteSizeLong()) / kCallsARound;
  }
  NoteProofs(bench, "empty call", "us", Median(empty));
  NoteProofs(bench, "inclusion call", "us", Median(calls));
  NoteProofs(bench, "inclusion proof", "us", std::max(0.0, Median(calls) - Median(empty)));
  NoteProofs(bench, "inclusion proof's size", "bytes", bytes);
  NoteProofs(bench, "inclusion verified in", "us", verify_us);
  return absl::OkStatus();
}

Status MeasureConsistency(Bench& bench, Verifier& verifier, const ledger::TreeHead& head) {
  std::mt19937_64 random(bench.plan().proof_events);
  double bytes = 0;
  HQ_ASSIGN_OR_RETURN(const auto calls, TimeOf([&]() -> Status {
                        const std::uint64_t first = random() % head.size + 1;
                        HQ_ASSIGN_OR_RETURN(const auto proof,
                                            verifier.Consistency(first, head.size));
                        bytes += static_cast<double>(proof.ByteSizeLong()) / kCallsARound;
                        return absl::OkStatus();
                      }));
  NoteProofs(bench, "consistency call", "us", Median(calls));
  NoteProofs(bench, "consistency proof's size", "bytes", bytes);
  return absl::OkStatus();
}

// From the answer to an append until there is a signed checkpoint that covers it.
Status MeasurePublication(Bench& bench, Verifier& verifier) {
  constexpr int kAppends = 200;
  std::vector<double> times_ms;
  AppendLoad load;
  load.events_max = 1;
  for (int i = 0; i < kAppends; ++i) {
    HQ_RETURN_IF_ERROR(bench.ledger().Append(load).status());
    const SteadyTime since = Now();
    HQ_ASSIGN_OR_RETURN(const auto head, verifier.Head());
    HQ_RETURN_IF_ERROR(verifier.Checkpoint(head.head().position()).status());
    times_ms.push_back(SecondsBetween(since, Now()) * 1e3);
  }
  NoteProofs(bench, "root published, p50", "ms", Median(times_ms));
  NoteProofs(bench, "root published", "ms", Quantile(times_ms, 0.99));
  return absl::OkStatus();
}

Status FillUpTo(Bench& bench, std::uint64_t events) {
  LedgerSystem& ledger = bench.ledger();
  std::uint64_t stored = 0;
  if (ledger.IsRunning()) {
    HQ_ASSIGN_OR_RETURN(stored, ledger.Stored());
  } else {
    HQ_RETURN_IF_ERROR(ledger.Reset());
  }
  if (stored >= events) return absl::OkStatus();
  Bench::Tell("W10, filling with " + std::to_string(events - stored) + " records");
  return ledger.Fill(events - stored);
}

}  // namespace

Status MeasureProofs(Bench& bench) {
  HQ_RETURN_IF_ERROR(FillUpTo(bench, bench.plan().proof_events));
  HQ_RETURN_IF_ERROR(bench.ledger().WaitUntilAnnounced());
  Verifier verifier(bench.ledger());
  for (int round = 0; round < bench.plan().rounds; ++round) {
    Bench::Tell("W10, round " + std::to_string(round + 1));
    HQ_ASSIGN_OR_RETURN(const auto note, verifier.Checkpoint(0));
    HQ_ASSIGN_OR_RETURN(const auto signed_note, ledger::ParseSignedNote(note.note()));
    HQ_ASSIGN_OR_RETURN(const auto checkpoint, ledger::Checkpoint::Parse(signed_note.text));
    HQ_RETURN_IF_ERROR(MeasureInclusion(bench, verifier, checkpoint.head));
    HQ_RETURN_IF_ERROR(MeasureConsistency(bench, verifier, checkpoint.head));
    HQ_RETURN_IF_ERROR(MeasurePublication(bench, verifier));
  }
  return absl::OkStatus();
}

}  // namespace hq::bench
