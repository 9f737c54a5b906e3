#include "tests/e2e/desk.hpp"

#include <absl/strings/ascii.h>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"
#include "deploy/local/house/files.hpp"

namespace hq::demo {
namespace {

constexpr std::chrono::seconds kCallPatience(30);

// Makes one call as a command with that id, or as a question if it is empty.
template <class Stub, class Request, class Response>
Status Ask(Stub& stub,
           grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
           const std::string& token, const std::string& command_id, const Request& request,
           Response& response) {
  grpc::ClientContext context;
  rpc::Prepare(context, token, kCallPatience);
  if (!command_id.empty()) context.AddMetadata("hq-command-id", command_id);
  return rpc::FromGrpc((stub.*method)(&context, request, &response));
}

}  // namespace

Result<std::unique_ptr<Desk>> Desk::Open(const house::House& house, const std::string& who) {
  std::unique_ptr<Desk> desk(new Desk);
  HQ_ASSIGN_OR_RETURN(const std::string token, house::ReadFile(house.TokenFileOf(who)));
  desk->token_ = std::string(absl::StripAsciiWhitespace(token));
  const runtime::Environment environment = house.ClientEnvironment();
  desk->sync_ = sync::v1::SyncService::NewStub(rpc::Connect(environment.at("HQ_SYNC")));
  desk->decision_ =
      decision::v1::DecisionService::NewStub(rpc::Connect(environment.at("HQ_DECISION")));
  return desk;
}

Result<std::string> Desk::CreateRelease(const std::string& ref) {
  sync::v1::CreateReleaseRequest request;
  request.set_ref(ref);
  sync::v1::CreateReleaseResponse response;
  HQ_RETURN_IF_ERROR(
      Ask(*sync_, &sync::v1::SyncService::Stub::CreateRelease, token_, NewId(), request, response));
  return response.release_id();
}

Result<std::string> Desk::PlanRollout(const std::string& release_id) {
  sync::v1::PlanRolloutRequest request;
  request.set_release_id(release_id);
  sync::v1::PlanRolloutResponse response;
  HQ_RETURN_IF_ERROR(
      Ask(*sync_, &sync::v1::SyncService::Stub::PlanRollout, token_, NewId(), request, response));
  return response.rollout_id();
}

Status Desk::StartRollout(const std::string& rollout_id, const std::string& command_id) {
  sync::v1::StartRolloutRequest request;
  request.set_rollout_id(rollout_id);
  sync::v1::StartRolloutResponse response;
  return Ask(*sync_, &sync::v1::SyncService::Stub::StartRollout, token_, command_id, request,
             response);
}

Status Desk::Unlock(const std::string& cell, const std::string& reason) {
  decision::v1::UnlockCellRequest request;
  request.set_branch(cell);
  request.set_reason(reason);
  decision::v1::UnlockCellResponse response;
  return Ask(*decision_, &decision::v1::DecisionService::Stub::UnlockCell, token_, NewId(), request,
             response);
}

Result<decision::v1::ListCellsResponse> Desk::Cells(Position min_position) {
  decision::v1::ListCellsRequest request;
  request.set_min_position(min_position);
  decision::v1::ListCellsResponse response;
  HQ_RETURN_IF_ERROR(Ask(*decision_, &decision::v1::DecisionService::Stub::ListCells, token_, "",
                         request, response));
  return response;
}

}  // namespace hq::demo
