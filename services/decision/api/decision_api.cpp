#include "services/decision/api/decision_api.hpp"

namespace hq::decision {
namespace {

// A command's answer: where the ledger stands after it.
template <class Response>
Status AnswerAt(const Result<Position>& position, Response* response) {
  if (position.ok()) response->set_position(*position);
  return position.status();
}

}  // namespace

grpc::Status DecisionApi::ApplyFile(grpc::ServerContext* context,
                                    const v1::ApplyFileRequest* request,
                                    v1::ApplyFileResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return files_.Apply(*request, call.meta, *response);
  });
}

grpc::Status DecisionApi::ListCells(grpc::ServerContext* context,
                                    const v1::ListCellsRequest* request,
                                    v1::ListCellsResponse* response) {
  return door_.Answer(*context, *request,
                      [&](const rpc::Call& call) { return List(call, *request, *response); });
}

grpc::Status DecisionApi::LockCell(grpc::ServerContext* context, const v1::LockCellRequest* request,
                                   v1::LockCellResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return AnswerAt(commands_.LockCell(*request, call.meta), response);
  });
}

grpc::Status DecisionApi::UnlockCell(grpc::ServerContext* context,
                                     const v1::UnlockCellRequest* request,
                                     v1::UnlockCellResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return AnswerAt(commands_.UnlockCell(*request, call.meta), response);
  });
}

grpc::Status DecisionApi::SetMaintenance(grpc::ServerContext* context,
                                         const v1::SetMaintenanceRequest* request,
                                         v1::SetMaintenanceResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return AnswerAt(commands_.SetMaintenance(*request, call.meta), response);
  });
}

grpc::Status DecisionApi::ActivateKillSwitch(grpc::ServerContext* context,
                                             const v1::ActivateKillSwitchRequest* request,
                                             v1::ActivateKillSwitchResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return commands_.ActivateKillSwitch(*request, call.meta, *response);
  });
}

grpc::Status DecisionApi::ReleaseKillSwitch(grpc::ServerContext* context,
                                            const v1::ReleaseKillSwitchRequest* request,
                                            v1::ReleaseKillSwitchResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return AnswerAt(commands_.ReleaseKillSwitch(*request, call.meta), response);
  });
}

grpc::Status DecisionApi::GetPolicy(grpc::ServerContext* context,
                                    const v1::GetPolicyRequest* request,
                                    v1::GetPolicyResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call&) -> Status {
    HQ_ASSIGN_OR_RETURN(const Position position, ReadFrom(request->min_position()));
    *response = views_.policies.InForce();
    response->set_position(position);
    return absl::OkStatus();
  });
}

grpc::Status DecisionApi::Authorize(grpc::ServerContext* context,
                                    const v1::AuthorizeRequest* request,
                                    v1::AuthorizeResponse* response) {
  return door_.Answer(*context, *request,
                      [&](const rpc::Call&) { return authorizer_.Authorize(*request, *response); });
}

Result<Position> DecisionApi::ReadFrom(Position least) const {
  if (least > 0) HQ_RETURN_IF_ERROR(runner_.WaitFor(least));
  return runner_.position();
}

Status DecisionApi::List(const rpc::Call& call, const v1::ListCellsRequest& request,
                         v1::ListCellsResponse& response) const {
  HQ_ASSIGN_OR_RETURN(const Position position, ReadFrom(request.min_position()));
  response.set_position(position);
  for (auto& cell : views_.cells.All()) {
    const bool is_asked_for = request.branch().empty() || request.branch() == cell.entry().id();
    if (is_asked_for && call.caller.MaySee(cell.entry().id()))
      *response.add_cells() = std::move(cell);
  }
  return absl::OkStatus();
}

}  // namespace hq::decision
