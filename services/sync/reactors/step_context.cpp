#include "services/sync/reactors/step_context.hpp"

#include "common/base/ids.hpp"
#include "services/sync/core/release.hpp"
#include "services/sync/reactors/cell_effects.hpp"

namespace hq::sync {
namespace {

constexpr std::size_t kEffectKeyDigits = 32;

Status StageRollout(Session& session, const RolloutContext& context, const Rollout::Event& event) {
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(context.rollout_id));
  HQ_ASSIGN_OR_RETURN(const auto events, Rollout::Record(state, event));
  session.Stage<Rollout>(context.rollout_id, events);
  return absl::OkStatus();
}

// Appends in the life of the ledger in which the step was chosen.
Status TransactIn(StepWorld& world, const RolloutContext& context,
                  const std::function<Status(Session&)>& work) {
  return Transact(world.log, context.meta,
                  [&](Session& session) {
                    session.RequireLife(context.life);
                    return work(session);
                  })
      .status();
}

}  // namespace

Status RecordCell(StepWorld& world, const RolloutContext& context, const std::string& branch,
                  const CellRollout::Event& event) {
  return TransactIn(world, context,
                    [&](Session& session) { return StageFact(session, context, branch, event); });
}

Status RecordRollout(StepWorld& world, const RolloutContext& context, const Rollout::Event& event,
                     std::string_view fence_reason) {
  return TransactIn(world, context, [&](Session& session) -> Status {
    HQ_RETURN_IF_ERROR(StageRollout(session, context, event));
    if (!fence_reason.empty())
      session.Stage<RolloutFence>(context.rollout_id, {RolloutFence::Moved(fence_reason)});
    return absl::OkStatus();
  });
}

Status RecordFailure(StepWorld& world, const RolloutContext& context, const std::string& branch,
                     const v1::DeployFailed& failure) {
  CellRollout::Event failed;
  *failed.mutable_deploy_failed() = failure;
  failed.mutable_deploy_failed()->set_release_id(context.rollout.planned.release_id());
  failed.mutable_deploy_failed()->set_rollout_id(context.rollout_id);
  Rollout::Event halted;
  halted.mutable_rollout_halted()->set_branch(branch);
  halted.mutable_rollout_halted()->set_reason(failure.reason());
  Rollout::Event rollback;
  rollback.mutable_rollback_started()->set_reason("halted by " + branch);
  for (const std::string& cell : RollbackOrder(context.cells))
    rollback.mutable_rollback_started()->add_cells(cell);
  v1::ReleaseQuarantined quarantined;
  quarantined.set_reason(branch + ": " + failure.reason());
  quarantined.set_rollout_id(context.rollout_id);
  return TransactIn(world, context, [&](Session& session) -> Status {
    HQ_RETURN_IF_ERROR(StageFact(session, context, branch, failed));
    HQ_RETURN_IF_ERROR(StageRollout(session, context, halted));
    HQ_RETURN_IF_ERROR(StageRollout(session, context, rollback));
    session.Stage<RolloutFence>(context.rollout_id, {RolloutFence::Moved("halted")});
    const std::string& release_id = context.rollout.planned.release_id();
    HQ_ASSIGN_OR_RETURN(const auto release, session.Load<Release>(release_id));
    HQ_ASSIGN_OR_RETURN(const auto quarantine, Release::Quarantine(release, quarantined));
    session.Stage<Release>(release_id, quarantine);
    return absl::OkStatus();
  });
}

Result<StepResult> RecordDenied(StepWorld& world, const RolloutContext& context,
                                const std::string& branch, const Progress& denied, bool is_revert) {
  const bool is_about_cell = denied.rule_id == "cell-lock" || denied.rule_id == "maintenance" ||
                             denied.rule_id == "registry";
  if (is_about_cell && !is_revert) {
    CellRollout::Event skipped;
    skipped.mutable_cell_skipped()->set_reason(denied.rule_id + ": " + denied.why);
    HQ_RETURN_IF_ERROR(RecordCell(world, context, branch, skipped));
    return StepResult::kMoved;
  }
  Rollout::Event paused;
  paused.mutable_rollout_paused()->set_reason(denied.rule_id + ": " + denied.why);
  HQ_RETURN_IF_ERROR(RecordRollout(world, context, paused, "paused"));
  return StepResult::kMoved;
}

EffectPlan PlanEffect(const RolloutContext& context, const std::string& branch,
                      const std::string& kind, decision::v1::Action action,
                      const std::string& git_ref) {
  EffectPlan plan;
  plan.key = KeyOf({context.rollout_id, branch, kind}).substr(0, kEffectKeyDigits);
  plan.kind = kind;
  plan.target = context.Planned(branch)->repo();
  plan.question.set_action(action);
  plan.question.set_branch(branch);
  plan.question.set_rollout_id(context.rollout_id);
  plan.question.set_release_id(context.rollout.planned.release_id());
  plan.question.set_git_ref(git_ref);
  plan.question.set_min_position(context.read_position);
  plan.rollout_fence.set_stream(StreamOf<RolloutFence>(context.rollout_id));
  plan.rollout_fence.set_version(context.fence_version);
  plan.life = context.life;
  plan.retries_max = context.rollout.planned.max_retries();
  return plan;
}

}  // namespace hq::sync
