// The Proof gRPC service. Translates; never decides.
#pragma once

#include "common/grpc/door.hpp"
#include "common/grpc/handled.hpp"
#include "hq/ledger/v1/proof_service.grpc.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/adapters/transparency.hpp"

namespace hq::ledger {

// Thread-safe. Must outlive the server.
class ProofApi final : public v1::ProofService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;

  // All outlive it. The door has no gate: witnesses are heard also while the ledger may not serve;
  // what is proven passes Transparency::CheckServing here.
  ProofApi(Transparency& transparency, const rpc::Door& door, const RocksEventLog& log);
  // Not inline: each place that had it so would compile all of gRPC's handlers again.
  ~ProofApi() override;

  Unary* GetCheckpoint(Context* context, const v1::GetCheckpointRequest* request,
                       v1::GetCheckpointResponse* response) override;
  Unary* ProveInclusion(Context* context, const v1::ProveInclusionRequest* request,
                        v1::ProveInclusionResponse* response) override;
  Unary* ProveConsistency(Context* context, const v1::ProveConsistencyRequest* request,
                          v1::ProveConsistencyResponse* response) override;
  Unary* GetLogKey(Context* context, const v1::GetLogKeyRequest* request,
                   v1::GetLogKeyResponse* response) override;
  Unary* GetWitnesses(Context* context, const v1::GetWitnessesRequest* request,
                      v1::GetWitnessesResponse* response) override;
  Unary* Cosign(Context* context, const v1::CosignRequest* request,
                v1::CosignResponse* response) override;
  Unary* PresentCheckpoint(Context* context, const v1::PresentCheckpointRequest* request,
                           v1::PresentCheckpointResponse* response) override;

 private:
  Status Prove(const rpc::Caller& caller, const v1::ProveInclusionRequest& request,
               v1::ProveInclusionResponse& response);
  Status Prove(const v1::ProveConsistencyRequest& request, v1::ProveConsistencyResponse& response);
  // Where the record lies. It is read only for its id, or to see whether the caller may see it.
  Result<Position> PositionOf(const rpc::Caller& caller,
                              const v1::ProveInclusionRequest& request) const;
  // The tree's size that is meant; 0 means that of the latest checkpoint.
  Result<std::uint64_t> SizeOf(std::uint64_t wanted) const;

  Transparency& transparency_;
  const rpc::Door& door_;
  const RocksEventLog& log_;
  const rpc::Handled checkpoints_{door_, v1::GetCheckpointRequest::descriptor()};
};

}  // namespace hq::ledger
