#include "services/ledger/api/proof_api.hpp"

#include "hq/ledger/v1/record.pb.h"

namespace hq::ledger {
namespace {

using Unary = grpc::ServerUnaryReactor;

constexpr std::chrono::seconds kReachPatience(2);

Status NoProof(const std::string& why) {
  return Refusal(absl::StatusCode::kInvalidArgument, why, "NO_SUCH_PROOF",
                 "Ask for a proof inside the tree of a checkpoint: GetCheckpoint tells its size.");
}

Status NoCheckpoint(const std::string& why, std::string_view reason) {
  return Refusal(absl::StatusCode::kUnavailable, why, reason, "Try again in a moment.");
}

Status CheckIsService(const rpc::Call& call) {
  if (call.caller.role == rpc::kServiceRole) return absl::OkStatus();
  return Refusal(absl::StatusCode::kPermissionDenied, "witnesses are services", "ROLE_NOT_ALLOWED",
                 "Have the service cosign that is the witness.");
}

void Show(const SignedCheckpoint& checkpoint, v1::GetCheckpointResponse& response) {
  response.set_note(FormatSignedNote(checkpoint.note));
  response.set_size(checkpoint.checkpoint.head.size);
}

Unary* Finished(ProofApi::Context* context, const grpc::Status& status) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(status);
  return reactor;
}

}  // namespace

ProofApi::ProofApi(Transparency& transparency, const rpc::Door& door, const RocksEventLog& log)
    : transparency_(transparency), door_(door), log_(log) {}

ProofApi::~ProofApi() = default;

Unary* ProofApi::GetCheckpoint(Context* context, const v1::GetCheckpointRequest* request,
                               v1::GetCheckpointResponse* response) {
  const auto answer = [&](const rpc::Call&) -> Status {
    HQ_RETURN_IF_ERROR(transparency_.CheckServing());
    if (request->for_cosigning() && request->min_cosignatures() > 0)
      return Refusal(absl::StatusCode::kInvalidArgument,
                     "for_cosigning and min_cosignatures exclude each other", "INVALID_FIELD",
                     "Set one of them.");
    const auto& board = transparency_.board();
    const auto found = request->for_cosigning() ? board.ForCosigning()
                       : request->min_cosignatures() > 0
                           ? board.LargestCosigned(request->min_cosignatures())
                           : std::nullopt;
    if (found && found->checkpoint.head.size >= request->min_size()) {
      Show(*found, *response);
      return absl::OkStatus();
    }
    return request->for_cosigning()
               ? NoCheckpoint("no checkpoint is to be cosigned yet", "NOT_REACHED")
               : NoCheckpoint("no such checkpoint has so many cosignatures", "NOT_COSIGNED_YET");
  };
  const bool is_latest = !request->for_cosigning() && request->min_cosignatures() == 0;
  if (!is_latest) return Finished(context, door_.Answer(*context, *request, answer));
  const auto call = door_.Admit(*context, *request);
  const Status admitted = call.ok() ? transparency_.CheckServing() : call.status();
  if (!admitted.ok()) return Finished(context, checkpoints_.End(admitted));
  auto* reactor = context->DefaultReactor();
  transparency_.board().WhenAtLeast(request->min_size(),
                                    std::chrono::steady_clock::now() + kReachPatience,
                                    [this, reactor, response](const auto& reached) {
                                      if (reached.ok()) Show(*reached, *response);
                                      reactor->Finish(checkpoints_.End(reached.status()));
                                    });
  return reactor;
}

Unary* ProofApi::ProveInclusion(Context* context, const v1::ProveInclusionRequest* request,
                                v1::ProveInclusionResponse* response) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return Prove(call.caller, *request, *response);
  }));
}

Unary* ProofApi::ProveConsistency(Context* context, const v1::ProveConsistencyRequest* request,
                                  v1::ProveConsistencyResponse* response) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call&) {
    return Prove(*request, *response);
  }));
}

Unary* ProofApi::GetLogKey(Context* context, const v1::GetLogKeyRequest* request,
                           v1::GetLogKeyResponse* response) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call&) {
    response->set_verifier_key(transparency_.signer().key().Format());
    for (std::string& statement : transparency_.signer().rotations())
      response->add_rotations(std::move(statement));
    for (const std::string& statement : transparency_.forks()) response->add_forks(statement);
    return absl::OkStatus();
  }));
}

Unary* ProofApi::GetWitnesses(Context* context, const v1::GetWitnessesRequest* request,
                              v1::GetWitnessesResponse* response) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call&) {
    for (const WitnessStanding& standing : transparency_.board().Standings()) {
      auto* witness = response->add_witnesses();
      witness->set_verifier_key(standing.key.Format());
      witness->set_size(standing.size);
      witness->set_cosigned_at_s(standing.cosigned_at_s);
    }
    return absl::OkStatus();
  }));
}

Unary* ProofApi::Cosign(Context* context, const v1::CosignRequest* request, v1::CosignResponse*) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_RETURN_IF_ERROR(CheckIsService(call));
    HQ_RETURN_IF_ERROR(transparency_.Take(request->note()));
    return transparency_.gate().Check();
  }));
}

Unary* ProofApi::PresentCheckpoint(Context* context, const v1::PresentCheckpointRequest* request,
                                   v1::PresentCheckpointResponse* response) {
  return Finished(context, door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_RETURN_IF_ERROR(CheckIsService(call));
    HQ_RETURN_IF_ERROR(request->note().empty() ? transparency_.Hear(call.caller.principal)
                                               : transparency_.Take(request->note()));
    response->set_is_serving(transparency_.CheckServing().ok());
    return absl::OkStatus();
  }));
}

Status ProofApi::Prove(const rpc::Caller& caller, const v1::ProveInclusionRequest& request,
                       v1::ProveInclusionResponse& response) {
  HQ_RETURN_IF_ERROR(transparency_.CheckServing());
  HQ_ASSIGN_OR_RETURN(const Position position, PositionOf(caller, request));
  HQ_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(request.size()));
  if (position > size)
    return NoProof("position " + std::to_string(position) + " is not among the first " +
                   std::to_string(size) + " records");
  HQ_ASSIGN_OR_RETURN(const auto proven, transparency_.proofs().Inclusion(position - 1, size));
  response.set_index(position - 1);
  response.set_size(size);
  response.set_leaf_hash(proven.leaf_hash);
  for (const std::string& hash : proven.proof) response.add_hashes(hash);
  return absl::OkStatus();
}

Result<Position> ProofApi::PositionOf(const rpc::Caller& caller,
                                      const v1::ProveInclusionRequest& request) const {
  const Position wanted = request.position();
  if (!caller.IsBound() && wanted >= 1 && wanted <= log_.tree_head().size) return wanted;
  v1::GetRequest get;
  if (request.key_case() == v1::ProveInclusionRequest::kId) get.set_id(request.id());
  if (request.key_case() == v1::ProveInclusionRequest::kPosition) get.set_position(wanted);
  HQ_ASSIGN_OR_RETURN(const std::string bytes, log_.Get(caller, get));
  v1::Record record;
  if (!record.ParseFromString(bytes)) return absl::DataLossError("a stored record is unreadable");
  return record.position();
}

Status ProofApi::Prove(const v1::ProveConsistencyRequest& request,
                       v1::ProveConsistencyResponse& response) {
  HQ_RETURN_IF_ERROR(transparency_.CheckServing());
  HQ_ASSIGN_OR_RETURN(const std::uint64_t size, SizeOf(request.second_size()));
  HQ_ASSIGN_OR_RETURN(const Proof proof,
                      transparency_.proofs().Consistency(request.first_size(), size));
  response.set_second_size(size);
  for (const std::string& hash : proof) response.add_hashes(hash);
  return absl::OkStatus();
}

Result<std::uint64_t> ProofApi::SizeOf(std::uint64_t wanted) const {
  const auto latest = transparency_.board().Latest();
  if (!latest) return NoCheckpoint("no checkpoint is signed yet", "NOT_REACHED");
  const std::uint64_t largest = latest->checkpoint.head.size;
  if (wanted > largest)
    return NoProof("no checkpoint covers " + std::to_string(wanted) + " records");
  return wanted == 0 ? largest : wanted;
}

}  // namespace hq::ledger
