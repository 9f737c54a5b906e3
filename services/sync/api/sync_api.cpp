#include "services/sync/api/sync_api.hpp"

#include "common/config/strict_json.hpp"
#include "services/sync/adapters/plan_files.hpp"
#include "services/sync/core/sync_plan.hpp"

namespace hq::sync {
namespace {

Status NoSuchRollout() {
  return Refusal(absl::StatusCode::kNotFound, "rollout_id: no such rollout", "NO_SUCH_ROLLOUT",
                 "List the rollouts to see their ids.");
}

// A caller bound to cells sees the own cells only.
v1::Rollout ShownTo(const rpc::Caller& caller, v1::Rollout rollout) {
  if (!caller.IsBound()) return rollout;
  v1::Rollout shown = rollout;
  shown.clear_cells();
  shown.clear_waves();
  shown.clear_skipped();
  shown.clear_why();
  for (const auto& cell : rollout.cells())
    if (caller.MaySee(cell.branch())) *shown.add_cells() = cell;
  for (const auto& cell : rollout.skipped())
    if (caller.MaySee(cell.branch())) *shown.add_skipped() = cell;
  return shown;
}

bool HasEnded(v1::RolloutPhase phase) {
  return phase == v1::ROLLOUT_PHASE_COMPLETED || phase == v1::ROLLOUT_PHASE_ROLLED_BACK ||
         phase == v1::ROLLOUT_PHASE_ROLLBACK_STUCK || phase == v1::ROLLOUT_PHASE_BLOCKED;
}

}  // namespace

grpc::Status SyncApi::ApplyFile(grpc::ServerContext* context, const v1::ApplyFileRequest* request,
                                v1::ApplyFileResponse* response) {
  return door_.Answer(*context, *request,
                      [&](const rpc::Call& call) { return Apply(*request, call.meta, *response); });
}

Status SyncApi::Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
                      v1::ApplyFileResponse& response) {
  HQ_ASSIGN_OR_RETURN(const auto event, ParsePlanFile(request.path(), request.content()));
  bool changes = false;
  const auto work = [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<SyncPlan>(""));
    HQ_ASSIGN_OR_RETURN(const auto events, SyncPlan::Apply(state, event));
    changes = !events.empty();
    if (changes && event.has_sync_plan_applied())
      HQ_RETURN_IF_ERROR(CheckOrder(request.path(), event));
    session.Stage<SyncPlan>("", events);
    return absl::OkStatus();
  };
  if (request.dry_run()) {
    Session session(log_, meta);
    HQ_RETURN_IF_ERROR(work(session));
  } else {
    HQ_ASSIGN_OR_RETURN(const auto appended, Transact(log_, meta, work));
    response.set_position(appended.receipt().last_position());
  }
  if (changes) response.add_changes(EventNameOf(event) + ": " + event.ShortDebugString());
  return absl::OkStatus();
}

Status SyncApi::CheckOrder(const std::string& path, const v1::SyncPlanEvent& event) {
  HQ_ASSIGN_OR_RETURN(const auto fleet, planner_.FleetNow());
  const std::string fault = FaultInOrder(event.sync_plan_applied(), fleet);
  return fault.empty() ? absl::OkStatus() : config::FileFault(path, "$.order", fault);
}

grpc::Status SyncApi::CreateRelease(grpc::ServerContext* context,
                                    const v1::CreateReleaseRequest* request,
                                    v1::CreateReleaseResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return planner_.CreateRelease(*request, call.meta, *response);
  });
}

grpc::Status SyncApi::PlanRollout(grpc::ServerContext* context,
                                  const v1::PlanRolloutRequest* request,
                                  v1::PlanRolloutResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) {
    return planner_.PlanRollout(*request, call.meta, *response);
  });
}

grpc::Status SyncApi::StartRollout(grpc::ServerContext* context,
                                   const v1::StartRolloutRequest* request,
                                   v1::StartRolloutResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto position, commands_.Start(*request, call.meta));
    response->set_position(position);
    return absl::OkStatus();
  });
}

grpc::Status SyncApi::ResumeRollout(grpc::ServerContext* context,
                                    const v1::ResumeRolloutRequest* request,
                                    v1::ResumeRolloutResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto position, commands_.Resume(*request, call.meta));
    response->set_position(position);
    return absl::OkStatus();
  });
}

grpc::Status SyncApi::GetRollout(grpc::ServerContext* context, const v1::GetRolloutRequest* request,
                                 v1::GetRolloutResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_RETURN_IF_ERROR(runner_.WaitFor(request->min_position()));
    response->set_position(runner_.position());
    const auto rollout = views_.rollouts.Find(request->rollout_id());
    if (!rollout) return NoSuchRollout();
    *response->mutable_rollout() = ShownTo(call.caller, *rollout);
    return absl::OkStatus();
  });
}

grpc::Status SyncApi::ListRollouts(grpc::ServerContext* context,
                                   const v1::ListRolloutsRequest* request,
                                   v1::ListRolloutsResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    constexpr std::uint32_t kLimitDefault = 20;
    constexpr std::uint32_t kLimitMax = 1'000;
    if (request->limit() > kLimitMax)
      return Refusal(absl::StatusCode::kInvalidArgument, "limit: more than 1000", "INVALID_FIELD",
                     "Ask for 1 to 1000 rollouts.");
    HQ_RETURN_IF_ERROR(runner_.WaitFor(request->min_position()));
    response->set_position(runner_.position());
    for (auto& rollout :
         views_.rollouts.Newest(request->limit() == 0 ? kLimitDefault : request->limit()))
      *response->add_rollouts() = ShownTo(call.caller, std::move(rollout));
    return absl::OkStatus();
  });
}

grpc::Status SyncApi::WatchRollout(grpc::ServerContext* context,
                                   const v1::WatchRolloutRequest* request,
                                   grpc::ServerWriter<v1::WatchRolloutResponse>* writer) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto place, watches_.Enter(call.caller.principal));
    return Watch(call.caller, *context, request->rollout_id(), *writer);
  });
}

Status SyncApi::Watch(const rpc::Caller& caller, const grpc::ServerContext& context,
                      const std::string& rollout_id,
                      grpc::ServerWriter<v1::WatchRolloutResponse>& writer) {
  constexpr std::chrono::milliseconds kCancelInterval(250);
  std::string last;
  for (;;) {
    const Position position = runner_.position();
    const auto rollout = views_.rollouts.Find(rollout_id);
    if (!rollout) return NoSuchRollout();
    v1::WatchRolloutResponse response;
    *response.mutable_rollout() = ShownTo(caller, *rollout);
    const std::string now = response.rollout().SerializeAsString();
    response.set_position(position);
    if (now != last && !writer.Write(response)) return absl::CancelledError("the caller went away");
    last = now;
    if (HasEnded(rollout->phase())) return absl::OkStatus();
    if (context.IsCancelled()) return absl::CancelledError("the caller went away");
    runner_.WaitForChange(position, kCancelInterval, {});
  }
}

grpc::Status SyncApi::RollBack(grpc::ServerContext* context, const v1::RollBackRequest* request,
                               v1::RollBackResponse* response) {
  return door_.Answer(*context, *request, [&](const rpc::Call& call) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto result, commands_.RollBack(*request, call.meta));
    for (const auto& rollout_id : result.rollout_ids) response->add_rollout_ids(rollout_id);
    response->set_position(result.position);
    return absl::OkStatus();
  });
}

}  // namespace hq::sync
