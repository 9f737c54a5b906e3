// The gRPC service of hq/sync/v1/sync_service.proto. Translates; never decides.
#pragma once

#include "common/grpc/door.hpp"
#include "common/grpc/places.hpp"
#include "common/projection/runner.hpp"
#include "hq/sync/v1/sync_service.grpc.pb.h"
#include "services/sync/api/commands.hpp"
#include "services/sync/api/planner.hpp"

namespace hq::sync {

class SyncApi final : public v1::SyncService::Service {
 public:
  // Open at a time, half of them by one caller: each keeps one of the server's threads until its
  // rollout ends.
  static constexpr std::size_t kWatchesMax = 64;

  // All outlive the service.
  SyncApi(EventLog& log, Planner& planner, Commands& commands, const Views& views,
          projection::Runner& runner, const rpc::Door& door, std::size_t watches_max = kWatchesMax)
      : log_(log),
        planner_(planner),
        commands_(commands),
        views_(views),
        runner_(runner),
        door_(door),
        watches_(watches_max) {}

  grpc::Status ApplyFile(grpc::ServerContext*, const v1::ApplyFileRequest*,
                         v1::ApplyFileResponse*) override;
  grpc::Status CreateRelease(grpc::ServerContext*, const v1::CreateReleaseRequest*,
                             v1::CreateReleaseResponse*) override;
  grpc::Status PlanRollout(grpc::ServerContext*, const v1::PlanRolloutRequest*,
                           v1::PlanRolloutResponse*) override;
  grpc::Status StartRollout(grpc::ServerContext*, const v1::StartRolloutRequest*,
                            v1::StartRolloutResponse*) override;
  grpc::Status ResumeRollout(grpc::ServerContext*, const v1::ResumeRolloutRequest*,
                             v1::ResumeRolloutResponse*) override;
  grpc::Status GetRollout(grpc::ServerContext*, const v1::GetRolloutRequest*,
                          v1::GetRolloutResponse*) override;
  grpc::Status ListRollouts(grpc::ServerContext*, const v1::ListRolloutsRequest*,
                            v1::ListRolloutsResponse*) override;
  grpc::Status WatchRollout(grpc::ServerContext*, const v1::WatchRolloutRequest*,
                            grpc::ServerWriter<v1::WatchRolloutResponse>*) override;
  grpc::Status RollBack(grpc::ServerContext*, const v1::RollBackRequest*,
                        v1::RollBackResponse*) override;

 private:
  Status Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
               v1::ApplyFileResponse& response);
  // kInvalidArgument for a sync plan whose order puts another cell before a canary.
  Status CheckOrder(const std::string& path, const v1::SyncPlanEvent& event);
  Status Watch(const rpc::Caller& caller, const grpc::ServerContext& context,
               const std::string& rollout_id, grpc::ServerWriter<v1::WatchRolloutResponse>& writer);

  EventLog& log_;
  Planner& planner_;
  Commands& commands_;
  const Views& views_;
  projection::Runner& runner_;
  const rpc::Door& door_;
  rpc::Places watches_;
};

}  // namespace hq::sync
