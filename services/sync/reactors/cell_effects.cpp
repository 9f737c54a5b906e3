#include "services/sync/reactors/cell_effects.hpp"

#include "services/sync/reactors/forward_steps.hpp"

namespace hq::sync {

Result<Progress> PushCommit(StepWorld& world, const RolloutContext& context,
                            const std::string& branch, const PushPlan& plan,
                            const FactOfCommit& fact) {
  const std::string repo = context.Planned(branch)->repo();
  std::string there;
  return world.effects.Try(
      PlanEffect(context, branch, plan.kind, plan.action, "refs/heads/" + plan.topic_branch),
      context.meta,
      [&]() -> Result<std::optional<std::string>> {
        HQ_ASSIGN_OR_RETURN(there, world.workshop.RemoteBranch(repo, plan.topic_branch));
        return there == plan.commit ? std::optional(there) : std::nullopt;
      },
      [&]() -> Result<std::string> {
        HQ_ASSIGN_OR_RETURN(
            const auto commit,
            world.workshop.Commit(plan.tree, plan.parent, plan.message, context.planned_at));
        if (commit != plan.commit) return absl::InternalError("the commit cannot be made again");
        HQ_RETURN_IF_ERROR(world.workshop.Push(repo, plan.topic_branch, commit, there));
        return commit;
      },
      [&](Session& session, const std::string& outcome) {
        return StageFact(session, context, branch, fact(outcome));
      });
}

Result<Progress> OpenPull(StepWorld& world, const RolloutContext& context,
                          const std::string& branch, const PullPlan& plan, const FactOfPull& fact) {
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  const EffectPlan effect =
      PlanEffect(context, branch, plan.kind, plan.action, "refs/heads/" + plan.topic_branch);
  const auto encode = [](const PullRequest& pull_request) {
    v1::PullRequestOpened opened;
    opened.set_number(pull_request.number);
    opened.set_url(pull_request.url);
    opened.set_head_commit(pull_request.head_commit);
    return opened.SerializeAsString();
  };
  return world.effects.Try(
      effect, context.meta,
      [&]() -> Result<std::optional<std::string>> {
        HQ_ASSIGN_OR_RETURN(const auto found, world.forge.FindPullRequest(repo, plan.topic_branch));
        const bool is_ours = found && found->head_commit == plan.commit;
        return is_ours ? std::optional(encode(*found)) : std::nullopt;
      },
      [&]() -> Result<std::string> {
        HQ_ASSIGN_OR_RETURN(
            const auto opened,
            world.forge.OpenPullRequest(repo, plan.topic_branch, plan.title,
                                        plan.body + "\n\n<!-- hq-effect: " + effect.key + " -->"));
        return encode(opened);
      },
      [&](Session& session, const std::string& outcome) {
        v1::PullRequestOpened opened;
        opened.ParseFromString(outcome);
        PullRequest pull_request;
        pull_request.number = opened.number();
        pull_request.url = opened.url();
        pull_request.head_commit = opened.head_commit();
        return StageFact(session, context, branch, fact(pull_request));
      });
}

Result<Progress> MarkMergeable(StepWorld& world, const RolloutContext& context,
                               const std::string& branch, const MarkPlan& plan, const Fact& fact) {
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  EffectPlan effect = PlanEffect(context, branch, plan.kind, plan.action, "");
  effect.repeatability = ledger::v1::REPEATABILITY_HARMLESS;
  return world.effects.Try(
      effect, context.meta, []() -> Result<std::optional<std::string>> { return std::nullopt; },
      [&]() -> Result<std::string> {
        HQ_RETURN_IF_ERROR(
            world.forge.SetStatus(repo, plan.commit, "hq/policy", true, "allowed by HQ policy"));
        HQ_RETURN_IF_ERROR(
            world.forge.SetStatus(repo, plan.commit, "hq/gate", true, "its turn has come"));
        return plan.commit;
      },
      [&](Session& session, const std::string&) {
        return StageFact(session, context, branch, fact());
      });
}

Status StageFact(Session& session, const RolloutContext& context, const std::string& branch,
                 const CellRollout::Event& event) {
  const std::string id = CellRollout::Id(context.rollout_id, branch);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<CellRollout>(id));
  HQ_ASSIGN_OR_RETURN(const auto events, CellRollout::Record(state, event));
  session.Stage<CellRollout>(id, events);
  return absl::OkStatus();
}

}  // namespace hq::sync
