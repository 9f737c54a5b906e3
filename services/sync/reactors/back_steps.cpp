#include "services/sync/reactors/back_steps.hpp"

#include "common/base/reason.hpp"
#include "common/base/text.hpp"
#include "services/sync/reactors/cell_effects.hpp"
#include "services/sync/reactors/forward_steps.hpp"

namespace hq::sync {
namespace {

const CellRollout::State& RevertedCell(const RolloutContext& context, const std::string& branch) {
  return context.cells.at(branch);
}

std::string RevertTitle(const RolloutContext& context) {
  return "Revert HQ release " + context.rollout.planned.release_id();
}

}  // namespace

Result<StepResult> BackSteps::Take(const RolloutContext& context, const Step& step) {
  switch (static_cast<int>(step.kind)) {
    case static_cast<int>(StepKind::kPrepareRevert):
      return Prepare(context, step.branch);
    case static_cast<int>(StepKind::kPushRevert):
      return Push(context, step.branch);
    case static_cast<int>(StepKind::kOpenRevert):
      return Open(context, step.branch);
    case static_cast<int>(StepKind::kMergeRevert):
      return Merge(context, step.branch);
    case static_cast<int>(StepKind::kAwaitReverted):
      return AwaitReverted(context, step.branch);
    default:
      return AskLock(context, step.branch);
  }
}

Result<StepResult> BackSteps::Prepare(const RolloutContext& context, const std::string& branch) {
  const auto& merged = RevertedCell(context, branch).merged;
  HQ_ASSIGN_OR_RETURN(const auto head,
                      world_.workshop.FetchCell(branch, context.Planned(branch)->repo()));
  HQ_ASSIGN_OR_RETURN(const auto report,
                      world_.workshop.MergeRevert(merged.tree_after(), head, merged.tree_before()));
  if (!report.conflicts.empty()) return Stuck(context, branch, report.conflicts);
  CellRollout::Event event;
  auto* revert = event.mutable_revert_prepared();
  revert->set_cell_head(head);
  revert->set_already_reverted(report.is_unchanged);
  if (!report.is_unchanged) {
    HQ_ASSIGN_OR_RETURN(
        const auto commit,
        world_.workshop.Commit(report.tree, head, RevertTitle(context), context.planned_at));
    revert->set_head_commit(commit);
    revert->set_topic_branch("hq/revert-" + context.rollout.planned.release_id());
  }
  HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
  return StepResult::kMoved;
}

Result<StepResult> BackSteps::Push(const RolloutContext& context, const std::string& branch) {
  const auto& cell = RevertedCell(context, branch);
  // The tree is not on the ledger; it is computed again, and the commit's name proves that it is
  // the same.
  HQ_ASSIGN_OR_RETURN(const auto report,
                      world_.workshop.MergeRevert(cell.merged.tree_after(), cell.revert.cell_head(),
                                                  cell.merged.tree_before()));
  return Conclude(context, branch,
                  PushCommit(world_, context, branch,
                             {"push_revert", decision::v1::ACTION_REVERT,
                              cell.revert.topic_branch(), cell.revert.head_commit(),
                              cell.revert.cell_head(), report.tree, RevertTitle(context)},
                             [](const std::string& commit) {
                               CellRollout::Event event;
                               event.mutable_revert_pushed()->set_head_commit(commit);
                               return event;
                             }));
}

Result<StepResult> BackSteps::Open(const RolloutContext& context, const std::string& branch) {
  const auto& revert = RevertedCell(context, branch).revert;
  return Conclude(context, branch,
                  OpenPull(world_, context, branch,
                           {"open_revert", decision::v1::ACTION_REVERT, revert.topic_branch(),
                            revert.head_commit(), RevertTitle(context),
                            "HQ takes release `" + context.rollout.planned.release_id() +
                                "` back: " + context.rollout.why + ". Your own edits are kept."},
                           [](const PullRequest& opened) {
                             CellRollout::Event event;
                             auto* fact = event.mutable_revert_opened();
                             fact->set_number(opened.number);
                             fact->set_url(opened.url);
                             fact->set_head_commit(opened.head_commit);
                             return event;
                           }));
}

Result<StepResult> BackSteps::Merge(const RolloutContext& context, const std::string& branch) {
  const auto& cell = RevertedCell(context, branch);
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  HQ_ASSIGN_OR_RETURN(const auto now,
                      world_.forge.GetPullRequest(repo, cell.revert_pull_request.number()));
  if (!now.is_merged && !now.is_open) return Stuck(context, branch, {});  // The owner said no.
  if (!now.is_merged) {
    if (!context.Planned(branch)->auto_merge_revert()) {
      CellRollout::Event event;
      event.mutable_revert_consent_needed()->set_number(now.number);
      if (!cell.revert_consent_needed)
        HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
      return StepResult::kWait;
    }
    HQ_ASSIGN_OR_RETURN(const auto checks,
                        world_.forge.GetChecks(repo, cell.revert_pull_request.head_commit()));
    if (checks == Checks::kPending) return StepResult::kWait;
    if (checks == Checks::kFailed) return Stuck(context, branch, {});
  }
  return Conclude(context, branch, TryMerge(context, branch));
}

Result<Progress> BackSteps::TryMerge(const RolloutContext& context, const std::string& branch) {
  const auto& opened = RevertedCell(context, branch).revert_pull_request;
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  const auto encode = [](const PullRequest& merged) {
    v1::RevertMerged fact;
    fact.set_number(merged.number);
    fact.set_merge_commit(merged.merge_commit);
    return fact.SerializeAsString();
  };
  return world_.effects.Try(
      PlanEffect(context, branch, "merge_revert", decision::v1::ACTION_REVERT, ""), context.meta,
      [&]() -> Result<std::optional<std::string>> {
        HQ_ASSIGN_OR_RETURN(const auto now, world_.forge.GetPullRequest(repo, opened.number()));
        return now.is_merged ? std::optional(encode(now)) : std::nullopt;
      },
      [&]() -> Result<std::string> {
        for (const char* status : {"hq/policy", "hq/gate"})
          HQ_RETURN_IF_ERROR(world_.forge.SetStatus(repo, opened.head_commit(), status, true,
                                                    "a revert, by standing consent"));
        HQ_ASSIGN_OR_RETURN(const auto merged,
                            world_.forge.MergePullRequest(
                                repo, opened.number(), opened.head_commit(), RevertTitle(context)));
        return encode(merged);
      },
      [&](Session& session, const std::string& outcome) {
        CellRollout::Event event;
        event.mutable_revert_merged()->ParseFromString(outcome);
        return StageFact(session, context, branch, event);
      });
}

Result<StepResult> BackSteps::AwaitReverted(const RolloutContext& context,
                                            const std::string& branch) {
  const auto& planned = *context.Planned(branch);
  const std::string key = CellRollout::Id(context.rollout_id, branch);
  const auto since = waiting_since_.try_emplace(key, world_.clock.Now()).first->second;
  const Probe probe = world_.prober.ProbeSite(planned.domain(), RepoNameOf(planned));
  const bool is_back = probe.answered && probe.is_healthy &&
                       probe.release_id != context.rollout.planned.release_id();
  if (is_back) {
    waiting_since_.erase(key);
    CellRollout::Event event;
    event.mutable_cell_reverted()->set_serving(probe.release_id);
    HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
    return StepResult::kMoved;
  }
  if (world_.clock.Now() - since < world_.settings.deploy_timeout) return StepResult::kWait;
  waiting_since_.erase(key);
  return Stuck(context, branch, {});
}

Result<StepResult> BackSteps::AskLock(const RolloutContext& context, const std::string& branch) {
  // The cause may hold foreign text of any length; decision takes a reason as it takes a person's.
  const std::string reason = ValidUtf8("release " + context.rollout.planned.release_id() +
                                           " failed: " + RevertedCell(context, branch).why,
                                       kReasonBytesMax);
  CommandMeta meta = context.meta;
  meta.command_id = "lock." + CellRollout::Id(context.rollout_id, branch);
  HQ_RETURN_IF_ERROR(world_.court.LockCell(branch, reason, meta));
  CellRollout::Event event;
  event.mutable_cell_lock_asked()->set_reason(reason);
  HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
  return StepResult::kMoved;
}

Result<StepResult> BackSteps::Stuck(const RolloutContext& context, const std::string& branch,
                                    const std::vector<std::string>& paths) {
  CellRollout::Event event;
  event.mutable_revert_conflicted();
  for (const auto& path : paths) event.mutable_revert_conflicted()->add_paths(path);
  HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
  return StepResult::kMoved;
}

Result<StepResult> BackSteps::Conclude(const RolloutContext& context, const std::string& branch,
                                       const Result<Progress>& progress) {
  HQ_RETURN_IF_ERROR(progress.status());
  if (progress->kind == Progress::Kind::kDone) return StepResult::kMoved;
  if (progress->kind == Progress::Kind::kWait) return StepResult::kWait;
  if (progress->kind == Progress::Kind::kDenied)
    return RecordDenied(world_, context, branch, *progress, /*is_revert=*/true);
  return Stuck(context, branch, {});
}

}  // namespace hq::sync
