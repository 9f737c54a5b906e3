#include "services/sync/api/planner.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/ids.hpp"
#include "services/sync/core/release.hpp"
#include "services/sync/core/rollout.hpp"
#include "services/sync/core/waves.hpp"

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

}  // namespace

Status Planner::CreateRelease(const v1::CreateReleaseRequest& request, const CommandMeta& meta,
                              v1::CreateReleaseResponse& response) {
  constexpr std::size_t kRefBytesMax = 200;
  if (request.ref().size() > kRefBytesMax)
    return absl::InvalidArgumentError("ref: at most 200 bytes");
  HQ_ASSIGN_OR_RETURN(const auto commit, workshop_.FetchHq(request.ref()));
  HQ_ASSIGN_OR_RETURN(const auto tree, workshop_.ReadRelease(commit));
  v1::ReleaseCreated created;
  created.set_digest(DigestOf(tree));
  created.set_release_id(ReleaseIdOf(created.digest()));
  created.set_commit(commit);
  created.set_tree(tree.tree);
  created.set_source_ref(request.ref());
  HQ_RETURN_IF_ERROR(workshop_.PinRelease(created.release_id(), commit));
  const auto appended = Transact(log_, meta, [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Release>(created.release_id()));
    HQ_ASSIGN_OR_RETURN(const auto events, Release::Create(state, created));
    session.Stage<Release>(created.release_id(), events);
    return absl::OkStatus();
  });
  HQ_RETURN_IF_ERROR(appended.status());
  response.set_release_id(created.release_id());
  response.set_commit(commit);
  response.set_position(appended->receipt().last_position());
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

Status Planner::PlanRollout(const v1::PlanRolloutRequest& request, const CommandMeta& meta,
                            v1::PlanRolloutResponse& response) {
  // The views must know every release and every cell that there is.
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  HQ_RETURN_IF_ERROR(runner_.WaitFor(head.head().position()));
  const auto release = views_.releases.Find(request.release_id());
  if (!release)
    return Refusal(absl::StatusCode::kNotFound, "release_id: no such release", "NO_SUCH_RELEASE",
                   "Create the release first.");
  if (release->is_quarantined)
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "the release was taken back and is in quarantine", "QUARANTINED",
                   "Make a new release that mends what was wrong.");
  HQ_ASSIGN_OR_RETURN(const auto plan, MakePlan(*release));
  const std::string blob = plan.SerializeAsString();  // No maps: the same plan, the same bytes.
  HQ_ASSIGN_OR_RETURN(const auto sha256, log_.PutBlob(blob));
  const std::string seed = meta.command_id.empty() ? NewId() : meta.actor + "/" + meta.command_id;
  const std::string rollout_id = "ro-" + KeyOf({request.release_id(), seed}).substr(0, kIdDigits);

  v1::RolloutEvent event;
  auto* planned = event.mutable_rollout_planned();
  planned->set_release_id(request.release_id());
  *planned->mutable_waves() = plan.waves();
  *planned->mutable_skipped() = plan.skipped();
  planned->set_plan_sha256(sha256);
  planned->set_plan_size(blob.size());
  planned->set_max_retries(views_.plans.Plan()->max_retries());
  CommandMeta named = meta;
  named.correlation_id = rollout_id;
  const auto appended = Transact(log_, named, [&](Session& session) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(rollout_id));
    HQ_ASSIGN_OR_RETURN(const auto events, Rollout::Record(state, event));
    session.Stage<Rollout>(rollout_id, events);
    return absl::OkStatus();
  });
  HQ_RETURN_IF_ERROR(appended.status());
  response.set_rollout_id(rollout_id);
  *response.mutable_plan() = plan;
  response.set_position(appended->receipt().last_position());
  return absl::OkStatus();
}

}  // namespace hq::sync
