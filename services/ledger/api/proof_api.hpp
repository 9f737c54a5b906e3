// The Proof gRPC service. Translates; never decides.
#pragma once

#include <functional>
#include <string>

#include "common/grpc/door.hpp"
#include "hq/ledger/v1/proof_service.grpc.pb.h"
#include "services/ledger/adapters/transparency.hpp"

namespace hq::ledger {

// Thread-safe. Must outlive the server.
class ProofApi final : public v1::ProofService::CallbackService {
 public:
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;
  // A record's bytes, if that caller may see it: as RocksEventLog::Get.
  using GetRecord = std::function<Result<std::string>(const rpc::Caller&, const v1::GetRequest&)>;

  // All outlive it.
  ProofApi(Transparency& transparency, const rpc::Door& door, GetRecord get)
      : transparency_(transparency), door_(door), get_(std::move(get)) {}

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
  // The tree's size that is meant; 0 means that of the latest checkpoint.
  Result<std::uint64_t> SizeOf(std::uint64_t wanted) const;

  Transparency& transparency_;
  const rpc::Door& door_;
  const GetRecord get_;
};

}  // namespace hq::ledger
