#include "services/sync/reactors/forward_steps.hpp"

#include "services/sync/core/repo.hpp"
#include "services/sync/reactors/cell_effects.hpp"
#include "services/sync/reactors/health_watch.hpp"

namespace hq::sync {
namespace {

const CellRollout::State& CellOf(const RolloutContext& context, const std::string& branch) {
  return context.cells.at(branch);
}

std::string TopicBranch(const RolloutContext& context) {
  return "hq/" + context.rollout.planned.release_id();
}

std::string TitleOf(const RolloutContext& context) {
  return "HQ release " + context.rollout.planned.release_id();
}

}  // namespace

Result<StepResult> ForwardSteps::Take(const RolloutContext& context, const Step& step) {
  switch (static_cast<int>(step.kind)) {
    case static_cast<int>(StepKind::kPrepare):
      return Prepare(context, step.branch);
    case static_cast<int>(StepKind::kReportConflict):
      return ReportConflict(context, step.branch);
    case static_cast<int>(StepKind::kPush):
      return Push(context, step.branch);
    case static_cast<int>(StepKind::kOpenPullRequest):
      return OpenPullRequest(context, step.branch);
    case static_cast<int>(StepKind::kAwaitChecks):
      return AwaitChecks(context, step.branch);
    case static_cast<int>(StepKind::kMerge):
      return Merge(context, step.branch);
    case static_cast<int>(StepKind::kAwaitDeploy):
      return AwaitDeploy(context, step.branch);
    default:
      return WatchHealth(context, step.branch);
  }
}

Result<StepResult> ForwardSteps::Prepare(const RolloutContext& context, const std::string& branch) {
  const auto& planned = *context.Planned(branch);
  const std::string& release_id = context.rollout.planned.release_id();
  const auto release = world_.views.releases.Find(release_id);
  if (!release) return absl::UnavailableError("the release is not in view yet");
  HQ_ASSIGN_OR_RETURN(const auto head, world_.workshop.FetchCell(branch, planned.repo()));
  HQ_ASSIGN_OR_RETURN(const auto carried, world_.workshop.ReleaseOf(head));
  HQ_ASSIGN_OR_RETURN(const auto content, world_.workshop.ReadRelease(release->created.commit()));
  auto base = world_.views.releases.Find(carried);
  if (!base) base = world_.views.releases.Find(planned.base_release_id());
  const std::string base_tree = base ? base->created.tree() : "";
  HQ_ASSIGN_OR_RETURN(const auto report,
                      world_.workshop.MergeRelease(base_tree, head, release->created.tree(),
                                                   release_id, content.manifest));
  CellRollout::Event event;
  if (report.is_unchanged) {
    event.mutable_cell_unchanged()->set_cell_head(head);
  } else if (!report.conflicts.empty()) {
    HQ_ASSIGN_OR_RETURN(const auto sha256, world_.log.PutBlob(report.conflict_text));
    auto* conflict = event.mutable_conflict_detected();
    for (const auto& path : report.conflicts) conflict->add_paths(path);
    conflict->set_report_sha256(sha256);
    conflict->set_report_size(report.conflict_text.size());
    conflict->set_release_id(release_id);
  } else {
    HQ_ASSIGN_OR_RETURN(
        const auto commit,
        world_.workshop.Commit(report.tree, head, TitleOf(context), context.planned_at));
    HQ_ASSIGN_OR_RETURN(const auto tree_before, world_.workshop.TreeOf(head));
    auto* prepared = event.mutable_cell_prepared();
    prepared->set_base_release_id(base ? base->created.release_id() : "");
    prepared->set_base_tree(base_tree);
    prepared->set_cell_head(head);
    prepared->set_head_commit(commit);
    prepared->set_topic_branch(TopicBranch(context));
    prepared->set_changed_paths(report.changed_paths);
    prepared->set_tree_before(tree_before);
    prepared->set_tree_after(report.tree);
  }
  HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
  return StepResult::kMoved;
}

Result<StepResult> ForwardSteps::ReportConflict(const RolloutContext& context,
                                                const std::string& branch) {
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  const auto policy = world_.views.plans.Conflicts();
  const std::string label = policy && !policy->label().empty() ? policy->label() : "conflict";
  const EffectPlan plan =
      PlanEffect(context, branch, "report_conflict", decision::v1::ACTION_OPEN_PULL_REQUEST, "");
  const std::string marker = "<!-- hq-effect: " + plan.key + " -->";
  const auto encode = [](const Forge::Issue& issue) {
    v1::ConflictReported reported;
    reported.set_issue(issue.number);
    reported.set_url(issue.url);
    return reported.SerializeAsString();
  };
  const auto progress = world_.effects.Try(
      plan, context.meta,
      [&]() -> Result<std::optional<std::string>> {
        HQ_ASSIGN_OR_RETURN(const auto issue, world_.forge.FindIssue(repo, label, marker));
        return issue ? std::optional(encode(*issue)) : std::nullopt;
      },
      [&]() -> Result<std::string> {
        std::string body = TitleOf(context) +
                           " and this cell's own edit touch the same place. The cell's edit stays; "
                           "nothing was changed here. Paths:\n\n";
        for (const auto& path : CellOf(context, branch).conflicts) body += "- `" + path + "`\n";
        HQ_ASSIGN_OR_RETURN(const auto issue,
                            world_.forge.OpenIssue(repo, label, TitleOf(context) + ": conflict",
                                                   body + "\n" + marker));
        return encode(issue);
      },
      [&](Session& session, const std::string& outcome) {
        CellRollout::Event event;
        event.mutable_conflict_reported()->ParseFromString(outcome);
        return StageFact(session, context, branch, event);
      });
  return Conclude(context, branch, progress);
}

Result<StepResult> ForwardSteps::Push(const RolloutContext& context, const std::string& branch) {
  const auto& prepared = CellOf(context, branch).prepared;
  const auto progress = PushCommit(
      world_, context, branch,
      {"push_branch", decision::v1::ACTION_PUSH_BRANCH, prepared.topic_branch(),
       prepared.head_commit(), prepared.cell_head(), prepared.tree_after(), TitleOf(context)},
      [&](const std::string& commit) {
        CellRollout::Event event;
        event.mutable_branch_pushed()->set_head_commit(commit);
        return event;
      });
  return Conclude(context, branch, progress);
}

Result<StepResult> ForwardSteps::OpenPullRequest(const RolloutContext& context,
                                                 const std::string& branch) {
  const auto& prepared = CellOf(context, branch).prepared;
  const auto progress =
      OpenPull(world_, context, branch,
               {"open_pull_request", decision::v1::ACTION_OPEN_PULL_REQUEST,
                prepared.topic_branch(), prepared.head_commit(), TitleOf(context),
                "HQ proposes release `" + context.rollout.planned.release_id() +
                    "`. Your own edits are kept. Close this pull request to decline."},
               [&](const PullRequest& opened) {
                 CellRollout::Event event;
                 auto* fact = event.mutable_pull_request_opened();
                 fact->set_number(opened.number);
                 fact->set_url(opened.url);
                 fact->set_head_commit(opened.head_commit);
                 return event;
               });
  return Conclude(context, branch, progress);
}

Result<StepResult> ForwardSteps::AwaitChecks(const RolloutContext& context,
                                             const std::string& branch) {
  const auto& cell = CellOf(context, branch);
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  HQ_ASSIGN_OR_RETURN(const auto pull_request,
                      world_.forge.GetPullRequest(repo, cell.pull_request.number()));
  if (pull_request.is_merged) return Merge(context, branch);  // The owner was faster.
  if (!pull_request.is_open) {
    CellRollout::Event event;
    event.mutable_pull_request_declined()->set_number(pull_request.number);
    HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
    return StepResult::kMoved;
  }
  const std::string& commit = cell.pull_request.head_commit();
  HQ_ASSIGN_OR_RETURN(const auto checks, world_.forge.GetChecks(repo, commit));
  if (checks == Checks::kPending) return StepResult::kWait;
  if (checks == Checks::kFailed) {
    v1::DeployFailed failure;
    failure.set_reason("checks_failed: the repository's checks refuse the release");
    HQ_RETURN_IF_ERROR(RecordFailure(world_, context, branch, failure));
    return StepResult::kMoved;
  }
  const auto progress =
      MarkMergeable(world_, context, branch,
                    {"mark_mergeable", decision::v1::ACTION_MARK_PULL_REQUEST, commit}, [&] {
                      CellRollout::Event event;
                      event.mutable_checks_passed()->set_head_commit(commit);
                      return event;
                    });
  return Conclude(context, branch, progress);
}

// The trees before and after are read from the merge itself, so that merge, squash and rebase
// revert alike.
Result<std::string> ForwardSteps::MergedOutcome(const RolloutContext& context,
                                                const std::string& branch,
                                                const PullRequest& pull_request) {
  HQ_RETURN_IF_ERROR(world_.workshop.FetchCell(branch, context.Planned(branch)->repo()).status());
  HQ_ASSIGN_OR_RETURN(const auto after, world_.workshop.TreeOf(pull_request.merge_commit));
  HQ_ASSIGN_OR_RETURN(const auto before, world_.workshop.TreeOf(pull_request.merge_commit + "^1"));
  std::uint32_t merged_so_far = 0;
  for (const auto& [other, state] : context.cells) merged_so_far += IsMerged(state) ? 1 : 0;
  v1::PullRequestMerged merged;
  merged.set_number(pull_request.number);
  merged.set_merge_commit(pull_request.merge_commit);
  merged.set_tree_before(before);
  merged.set_tree_after(after);
  merged.set_merge_order(merged_so_far + 1);
  return merged.SerializeAsString();
}

Result<StepResult> ForwardSteps::Merge(const RolloutContext& context, const std::string& branch) {
  const auto& opened = CellOf(context, branch).pull_request;
  const RepoName repo = RepoNameOf(*context.Planned(branch));
  const EffectPlan plan = PlanEffect(context, branch, "merge_pull_request",
                                     decision::v1::ACTION_MERGE_PULL_REQUEST, "");
  bool was_declined = false;
  const auto progress = world_.effects.Try(
      plan, context.meta,
      [&]() -> Result<std::optional<std::string>> {
        HQ_ASSIGN_OR_RETURN(const auto now, world_.forge.GetPullRequest(repo, opened.number()));
        was_declined = !now.is_merged && !now.is_open;
        if (was_declined) return absl::FailedPreconditionError("the owner closed it");
        if (!now.is_merged) return std::nullopt;
        HQ_ASSIGN_OR_RETURN(auto outcome, MergedOutcome(context, branch, now));
        return std::optional(std::move(outcome));
      },
      [&]() -> Result<std::string> {
        HQ_ASSIGN_OR_RETURN(const auto merged,
                            world_.forge.MergePullRequest(repo, opened.number(),
                                                          opened.head_commit(), TitleOf(context)));
        const auto outcome = MergedOutcome(context, branch, merged);
        // It is merged; what could not be read now is read when it is found again.
        if (!outcome.ok()) return absl::UnavailableError(outcome.status().message());
        return *outcome;
      },
      [&](Session& session, const std::string& outcome) {
        CellRollout::Event event;
        event.mutable_pull_request_merged()->ParseFromString(outcome);
        return StageFact(session, context, branch, event);
      });
  if (was_declined && progress.ok()) {
    CellRollout::Event event;
    event.mutable_pull_request_declined()->set_number(opened.number());
    HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
    return StepResult::kMoved;
  }
  return Conclude(context, branch, progress);
}

Result<StepResult> ForwardSteps::AwaitDeploy(const RolloutContext& context,
                                             const std::string& branch) {
  const auto& planned = *context.Planned(branch);
  const std::string key = CellRollout::Id(context.rollout_id, branch);
  const auto since = waiting_since_.try_emplace(key, world_.clock.Now()).first->second;
  const Probe probe = world_.prober.ProbeSite(planned.domain(), RepoNameOf(planned));
  if (probe.release_id == context.rollout.planned.release_id()) {
    waiting_since_.erase(key);
    CellRollout::Event event;
    event.mutable_deploy_observed()->set_release_id(probe.release_id);
    HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
    return StepResult::kMoved;
  }
  if (world_.clock.Now() - since < world_.settings.deploy_timeout) return StepResult::kWait;
  waiting_since_.erase(key);
  v1::DeployFailed failure;
  failure.set_reason("not_deployed: the site does not serve the release in time");
  HQ_RETURN_IF_ERROR(RecordFailure(world_, context, branch, failure));
  return StepResult::kMoved;
}

Result<StepResult> ForwardSteps::WatchHealth(const RolloutContext& context,
                                             const std::string& branch) {
  const auto& planned = *context.Planned(branch);
  const HealthCount count = WatchSite(world_.prober, planned, world_.settings);
  if (count.bad >= world_.settings.probe_failures) {
    v1::DeployFailed failure;
    failure.set_reason("unhealthy: " + std::to_string(count.bad) + " of " +
                       std::to_string(world_.settings.probes) + " probes failed: " + count.detail);
    failure.set_good(count.good);
    failure.set_bad(count.bad);
    HQ_RETURN_IF_ERROR(RecordFailure(world_, context, branch, failure));
    return StepResult::kMoved;
  }
  // What could not be measured is neither good nor bad: look again.
  if (count.good + world_.settings.probe_failures <= world_.settings.probes)
    return StepResult::kWait;
  CellRollout::Event event;
  auto* verified = event.mutable_health_verified();
  verified->set_good(count.good);
  verified->set_bad(count.bad);
  verified->set_release_id(context.rollout.planned.release_id());
  verified->set_tier(planned.tier());
  HQ_RETURN_IF_ERROR(RecordCell(world_, context, branch, event));
  return StepResult::kMoved;
}

Result<StepResult> ForwardSteps::Conclude(const RolloutContext& context, const std::string& branch,
                                          const Result<Progress>& progress) {
  HQ_RETURN_IF_ERROR(progress.status());
  if (progress->kind == Progress::Kind::kDone) return StepResult::kMoved;
  if (progress->kind == Progress::Kind::kWait) return StepResult::kWait;
  if (progress->kind == Progress::Kind::kDenied)
    return RecordDenied(world_, context, branch, *progress, /*is_revert=*/false);
  v1::DeployFailed failure;
  failure.set_reason("retries_spent: " + progress->why);
  HQ_RETURN_IF_ERROR(RecordFailure(world_, context, branch, failure));
  return StepResult::kMoved;
}

RepoName RepoNameOf(const v1::PlannedCell& cell) { return ForgeNameOf(cell.repo()); }

}  // namespace hq::sync
