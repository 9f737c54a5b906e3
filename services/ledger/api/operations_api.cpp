#include "services/ledger/api/operations_api.hpp"

namespace hq::ledger {

grpc::ServerUnaryReactor* OperationsApi::GetStatus(grpc::CallbackServerContext* context,
                                                   const v1::GetStatusRequest* request,
                                                   v1::GetStatusResponse* response) {
  auto* reactor = context->DefaultReactor();
  reactor->Finish(door_.Answer(*context, *request, [&](const rpc::Call&) {
    *response->mutable_status() = board_.Read();
    return absl::OkStatus();
  }));
  return reactor;
}

}  // namespace hq::ledger
