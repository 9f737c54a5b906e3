#include "services/ledger/api/operations_api.hpp"

namespace hq::ledger {

OperationsApi::OperationsApi(const StatusBoard& board, BackupReactor* backups,
                             const rpc::Door& door)
    : board_(board), backups_(backups), door_(door) {}

OperationsApi::~OperationsApi() = default;

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

grpc::ServerUnaryReactor* OperationsApi::BackUp(grpc::CallbackServerContext* context,
                                                const v1::BackUpRequest* request,
                                                v1::BackUpResponse* response) {
  auto* reactor = context->DefaultReactor();
  const auto call = door_.Admit(*context, *request);
  if (!call.ok()) {
    reactor->Finish(back_up_.End(call.status()));
    return reactor;
  }
  if (!backups_) {
    reactor->Finish(
        back_up_.End(Refusal(absl::StatusCode::kFailedPrecondition, "this ledger has no archive",
                             "NO_ARCHIVE", "Start it with HQ_ARCHIVE.")));
    return reactor;
  }
  backups_->BackUp(request->with_image(),
                   [this, reactor, response](Result<v1::BackUpResponse> result) {
                     if (result.ok()) *response = *std::move(result);
                     reactor->Finish(back_up_.End(result.status()));
                   });
  return reactor;
}

}  // namespace hq::ledger
