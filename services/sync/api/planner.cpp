#include "services/sync/api/planner.hpp"

#include "common/base/ids.hpp"
#include "services/sync/core/release.hpp"
#include "services/sync/core/rollout.hpp"
#include "services/sync/core/sync_plan.hpp"

namespace hq::sync {
namespace {

constexpr std::size_t kIdDigits = 12;

std::vector<FleetCell> FleetOf(const std::vector<decision::v1::Cell>& cells) {
  std::vector<FleetCell> fleet;
  for (const auto& cell : cells)
    fleet.push_back({cell.entry().id(), cell.entry().tier(), cell.locked(), cell.maintenance(),
                     cell.stopped()});
  return fleet;
}

// What the ledger answered to this command before; nothing if it has not seen it. kAlreadyExists if
// it was another command.
Result<std::optional<ledger::v1::Receipt>> ReceiptOf(EventLog& log, const CommandMeta& meta) {
  if (meta.command_id.empty()) return std::nullopt;
  // Any read brings the receipt along.
  HQ_ASSIGN_OR_RETURN(const auto answer, Transact(log, meta, [](Session& session) {
                        return session.Load<SyncPlan>("").status();
                      }));
  if (!answer.repeated_command()) return std::nullopt;
  return answer.receipt();
}

// What a commit lacks to be a release is mended in one place, whatever it is.
Status Unfit(const Status& status) {
  if (!absl::IsFailedPrecondition(status)) return status;
  return WithAdvice(
      status,
      {"COMMIT_UNFIT", "Mend it in the HQ repository and make the release of the new commit."});
}

// The id of the one aggregate to which the receipt's command appended.
Result<std::string> SubjectOf(const ledger::v1::Receipt& receipt) {
  if (receipt.streams_size() != 1) return absl::InternalError("a receipt of another shape");
  return std::string(IdOf(receipt.streams(0).stream()));
}

}  // namespace

Status Planner::CatchUp() {
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  return runner_.WaitFor(head.head().position());
}

Result<std::vector<FleetCell>> Planner::FleetNow() {
  HQ_RETURN_IF_ERROR(CatchUp());
  return FleetOf(views_.cells.All());
}

Status Planner::CreateRelease(const v1::CreateReleaseRequest& request, const CommandMeta& meta,
                              v1::CreateReleaseResponse& response) {
  constexpr std::size_t kRefBytesMax = 200;
  if (request.ref().size() > kRefBytesMax)
    return Refusal(absl::StatusCode::kInvalidArgument, "ref: more than 200 bytes", "INVALID_FIELD",
                   "Name a branch, a tag or a commit.");
  HQ_ASSIGN_OR_RETURN(const auto earlier, ReceiptOf(log_, meta));
  if (earlier) return ShowRelease(*earlier, meta, response);
  HQ_ASSIGN_OR_RETURN(const auto commit, workshop_.FetchHq(request.ref()));
  const auto tree = workshop_.ReadRelease(commit);
  if (!tree.ok()) return Unfit(tree.status());
  v1::ReleaseCreated created;
  created.set_digest(DigestOf(*tree));
  created.set_release_id(ReleaseIdOf(created.digest()));
  created.set_commit(commit);
  created.set_tree(tree->tree);
  created.set_source_ref(request.ref());
  HQ_RETURN_IF_ERROR(workshop_.PinRelease(created.release_id(), commit));
  const auto appended = Transact(log_, meta, [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Release>(created.release_id()));
    HQ_ASSIGN_OR_RETURN(const auto events, Release::Create(state, created));
    session.Stage<Release>(created.release_id(), events);
    return absl::OkStatus();
  });
  HQ_RETURN_IF_ERROR(appended.status());
  if (appended->repeated_command()) return ShowRelease(appended->receipt(), meta, response);
  response.set_release_id(created.release_id());
  response.set_commit(commit);
  response.set_position(appended->receipt().last_position());
  return absl::OkStatus();
}

Status Planner::ShowRelease(const ledger::v1::Receipt& receipt, const CommandMeta& meta,
                            v1::CreateReleaseResponse& response) {
  HQ_ASSIGN_OR_RETURN(const auto release_id, SubjectOf(receipt));
  Session session(log_, meta);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Release>(release_id));
  response.set_release_id(release_id);
  response.set_commit(state.created.commit());
  response.set_position(receipt.last_position());
  return absl::OkStatus();
}

Result<v1::PlannedCell> Planner::PlanCell(const ReleaseRow& release, const Manifest& manifest,
                                          const decision::v1::CellEntry& cell) {
  v1::PlannedCell planned;
  planned.set_branch(cell.id());
  planned.set_repo(cell.repo());
  planned.set_domain(cell.domain());
  planned.set_tier(cell.tier());
  planned.set_owner(cell.owner());
  planned.set_auto_merge_revert(cell.auto_merge_revert());
  HQ_ASSIGN_OR_RETURN(const auto head, workshop_.FetchCell(cell.id(), cell.repo()));
  HQ_ASSIGN_OR_RETURN(const auto carried, workshop_.ReleaseOf(head));
  // What the cell took last; for a cell that never took one, what its registration says it carries.
  auto base = views_.releases.Find(carried);
  if (!base) base = views_.releases.Find(cell.adopt());
  if (!base) base = views_.releases.FindBySource(cell.adopt());
  planned.set_cell_head(head);
  planned.set_base_release_id(base ? base->created.release_id() : "");
  HQ_ASSIGN_OR_RETURN(
      const auto report,
      workshop_.MergeRelease(base ? base->created.tree() : "", head, release.created.tree(),
                             release.created.release_id(), manifest));
  planned.set_diff(report.diff);
  for (const auto& path : report.conflicts) planned.add_conflicts(path);
  planned.set_expectation(report.is_unchanged        ? v1::EXPECTATION_UNCHANGED
                          : report.conflicts.empty() ? v1::EXPECTATION_PULL_REQUEST
                                                     : v1::EXPECTATION_CONFLICT);
  return planned;
}

Result<v1::RolloutPlan> Planner::MakePlan(const ReleaseRow& release) {
  const auto sync_plan = views_.plans.Plan();
  if (!sync_plan)
    return Refusal(absl::StatusCode::kFailedPrecondition, "there is no sync plan yet",
                   "NO_SYNC_PLAN", "Apply sync/sync-plan.json.");
  const auto cells = views_.cells.All();
  HQ_ASSIGN_OR_RETURN(const auto waves, PlanWaves(*sync_plan, FleetOf(cells)));
  HQ_ASSIGN_OR_RETURN(const auto content, workshop_.ReadRelease(release.created.commit()));
  v1::RolloutPlan plan;
  plan.set_release_id(release.created.release_id());
  for (const auto& skipped : waves.skipped) *plan.add_skipped() = skipped;
  for (const auto& wave : waves.waves) {
    *plan.add_waves() = wave;
    for (const std::string& branch : wave.cells())
      for (const auto& cell : cells)
        if (cell.entry().id() == branch) {
          HQ_ASSIGN_OR_RETURN(*plan.add_cells(), PlanCell(release, content.manifest, cell.entry()));
        }
  }
  return plan;
}

Result<ledger::v1::AppendResponse> Planner::Freeze(const std::string& rollout_id,
                                                   const v1::RolloutPlan& plan,
                                                   const ledger::v1::Cursor& views_at,
                                                   const CommandMeta& meta) {
  const auto sync_plan = views_.plans.Plan();
  if (!sync_plan)
    return Refusal(absl::StatusCode::kUnavailable, "the views have just begun again", "VIEW_BEHIND",
                   "Try again in a moment.");
  const std::string blob = plan.SerializeAsString();  // No maps: the same plan, the same bytes.
  HQ_ASSIGN_OR_RETURN(const auto sha256, log_.PutBlob(blob));
  v1::RolloutEvent event;
  auto* planned = event.mutable_rollout_planned();
  planned->set_release_id(plan.release_id());
  *planned->mutable_waves() = plan.waves();
  *planned->mutable_skipped() = plan.skipped();
  planned->set_plan_sha256(sha256);
  planned->set_plan_size(blob.size());
  planned->set_max_retries(sync_plan->max_retries());
  CommandMeta named = meta;
  named.correlation_id = rollout_id;
  return Transact(log_, named, [&](Session& session) -> Status {
    session.RequireLife(views_at);
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(rollout_id));
    HQ_ASSIGN_OR_RETURN(const auto events, Rollout::Record(state, event));
    session.Stage<Rollout>(rollout_id, events);
    return absl::OkStatus();
  });
}

Status Planner::ShowPlan(const ledger::v1::Receipt& receipt, const CommandMeta& meta,
                         v1::PlanRolloutResponse& response) {
  HQ_ASSIGN_OR_RETURN(const auto rollout_id, SubjectOf(receipt));
  Session session(log_, meta);
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(rollout_id));
  HQ_ASSIGN_OR_RETURN(const auto blob, log_.GetBlob(state.planned.plan_sha256()));
  if (!response.mutable_plan()->ParseFromString(blob))
    return absl::DataLossError("the plan's blob cannot be read");
  response.set_rollout_id(rollout_id);
  response.set_position(receipt.last_position());
  return absl::OkStatus();
}

Status Planner::PlanRollout(const v1::PlanRolloutRequest& request, const CommandMeta& meta,
                            v1::PlanRolloutResponse& response) {
  HQ_ASSIGN_OR_RETURN(const auto earlier, ReceiptOf(log_, meta));
  if (earlier) return ShowPlan(*earlier, meta, response);
  HQ_RETURN_IF_ERROR(CatchUp());
  // Views of a life that was given up may be ahead of the head, and look the same.
  HQ_ASSIGN_OR_RETURN(const auto views_at, runner_.Life());
  const auto release = views_.releases.Find(request.release_id());
  if (!release)
    return Refusal(absl::StatusCode::kNotFound, "release_id: no such release", "NO_SUCH_RELEASE",
                   "Create the release first.");
  if (release->is_quarantined)
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "the release was taken back and is in quarantine", "QUARANTINED",
                   "Make a new release that mends what was wrong.");
  HQ_ASSIGN_OR_RETURN(const auto plan, MakePlan(*release));
  const std::string seed = meta.command_id.empty() ? NewId() : meta.actor + "/" + meta.command_id;
  const std::string rollout_id = "ro-" + KeyOf({request.release_id(), seed}).substr(0, kIdDigits);
  HQ_ASSIGN_OR_RETURN(const auto appended, Freeze(rollout_id, plan, views_at, meta));
  if (appended.repeated_command()) return ShowPlan(appended.receipt(), meta, response);
  response.set_rollout_id(rollout_id);
  *response.mutable_plan() = plan;
  response.set_position(appended.receipt().last_position());
  return absl::OkStatus();
}

}  // namespace hq::sync
