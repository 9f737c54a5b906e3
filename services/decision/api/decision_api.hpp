// The gRPC service of hq/decision/v1/decision_service.proto. Translates; never decides.
#pragma once

#include "common/grpc/door.hpp"
#include "hq/decision/v1/decision_service.grpc.pb.h"
#include "services/decision/api/authorizer.hpp"
#include "services/decision/api/commands.hpp"
#include "services/decision/api/file_applier.hpp"

namespace hq::decision {

class DecisionApi final : public v1::DecisionService::Service {
 public:
  // All outlive the service.
  DecisionApi(EventLog& log, const AllViews& views, projection::Runner& runner,
              const rpc::Principals& principals, const rpc::Door& door)
      : door_(door),
        views_(views),
        runner_(runner),
        files_(log),
        commands_(log, views, runner, principals),
        authorizer_(log, views, runner) {}

  grpc::Status ApplyFile(grpc::ServerContext* context, const v1::ApplyFileRequest* request,
                         v1::ApplyFileResponse* response) override;
  grpc::Status ListCells(grpc::ServerContext* context, const v1::ListCellsRequest* request,
                         v1::ListCellsResponse* response) override;
  grpc::Status LockCell(grpc::ServerContext* context, const v1::LockCellRequest* request,
                        v1::LockCellResponse* response) override;
  grpc::Status UnlockCell(grpc::ServerContext* context, const v1::UnlockCellRequest* request,
                          v1::UnlockCellResponse* response) override;
  grpc::Status SetMaintenance(grpc::ServerContext* context,
                              const v1::SetMaintenanceRequest* request,
                              v1::SetMaintenanceResponse* response) override;
  grpc::Status ActivateKillSwitch(grpc::ServerContext* context,
                                  const v1::ActivateKillSwitchRequest* request,
                                  v1::ActivateKillSwitchResponse* response) override;
  grpc::Status ReleaseKillSwitch(grpc::ServerContext* context,
                                 const v1::ReleaseKillSwitchRequest* request,
                                 v1::ReleaseKillSwitchResponse* response) override;
  grpc::Status GetPolicy(grpc::ServerContext* context, const v1::GetPolicyRequest* request,
                         v1::GetPolicyResponse* response) override;
  grpc::Status Authorize(grpc::ServerContext* context, const v1::AuthorizeRequest* request,
                         v1::AuthorizeResponse* response) override;

 private:
  // The position that the views have come to, at least `least` if that is not 0.
  Result<Position> ReadFrom(Position least) const;
  Status List(const rpc::Call& call, const v1::ListCellsRequest& request,
              v1::ListCellsResponse& response) const;

  const rpc::Door& door_;
  const AllViews& views_;
  projection::Runner& runner_;
  const FileApplier files_;
  const Commands commands_;
  const Authorizer authorizer_;
};

}  // namespace hq::decision
