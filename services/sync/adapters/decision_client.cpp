#include "services/sync/adapters/decision_client.hpp"

#include "common/grpc/channel.hpp"
#include "common/grpc/door.hpp"

namespace hq::sync {
namespace {

constexpr std::chrono::seconds kCourtDeadline(15);

}  // namespace

DecisionClient::DecisionClient(const std::string& address, std::string token)
    : stub_(decision::v1::DecisionService::NewStub(rpc::Connect(address))),
      token_(std::move(token)) {}

Result<decision::v1::AuthorizeResponse> DecisionClient::Authorize(
    const decision::v1::AuthorizeRequest& request) {
  grpc::ClientContext context;
  rpc::Prepare(context, token_, kCourtDeadline);
  decision::v1::AuthorizeResponse response;
  const Status status = rpc::FromGrpc(stub_->Authorize(&context, request, &response));
  if (!status.ok()) return Annotate(status, "decision");
  return response;
}

Status DecisionClient::LockCell(const std::string& branch, const std::string& reason,
                                const CommandMeta& meta) {
  grpc::ClientContext context;
  rpc::PrepareCommand(context, token_, kCourtDeadline, meta);
  decision::v1::LockCellRequest request;
  request.set_branch(branch);
  request.set_reason(reason);
  decision::v1::LockCellResponse response;
  return Annotate(rpc::FromGrpc(stub_->LockCell(&context, request, &response)), "decision");
}

}  // namespace hq::sync
