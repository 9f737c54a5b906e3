#include "services/sync/api/commands.hpp"

#include <algorithm>

#include "common/base/reason.hpp"
#include "services/sync/core/release.hpp"
#include "services/sync/core/step.hpp"

namespace hq::sync {
namespace {

Status Refused(const decision::v1::AuthorizeResponse& verdict) {
  std::string why;
  std::string next_step = "Ask an HQ admin.";
  for (const auto& rule : verdict.rules()) {
    if (!rule.refuses()) continue;
    why += (why.empty() ? "" : "; ") + rule.rule_id() + ": " + rule.why();
    if (!rule.next_step().empty()) next_step = rule.next_step();
  }
  return Refusal(absl::StatusCode::kFailedPrecondition, "refused by policy: " + why,
                 "REFUSED_BY_POLICY", next_step);
}

Position LastOf(const ledger::v1::AppendResponse& response) {
  return response.receipt().last_position();
}

}  // namespace

Result<std::vector<ledger::v1::Fence>> Commands::Ask(const std::string& rollout_id,
                                                     const std::string& release_id) {
  HQ_ASSIGN_OR_RETURN(const auto head, log_.Head());
  decision::v1::AuthorizeRequest question;
  question.set_action(decision::v1::ACTION_START_ROLLOUT);
  question.set_rollout_id(rollout_id);
  question.set_release_id(release_id);
  question.set_min_position(head.head().position());
  HQ_ASSIGN_OR_RETURN(const auto verdict, court_.Authorize(question));
  if (verdict.verdict() != decision::v1::VERDICT_ALLOW) return Refused(verdict);
  return std::vector<ledger::v1::Fence>(verdict.fences().begin(), verdict.fences().end());
}

Result<Position> Commands::Move(const std::string& rollout_id, const v1::RolloutEvent& event,
                                std::string_view fence_reason, const CommandMeta& meta,
                                const ledger::v1::Cursor* views_at) {
  const auto appended = Transact(log_, meta, [&](Session& session) -> Status {
    // A restore takes the verdict's worth.
    if (views_at == nullptr) HQ_RETURN_IF_ERROR(session.RequireLifeOfNow());
    if (views_at != nullptr) session.RequireLife(*views_at);
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(rollout_id));
    HQ_ASSIGN_OR_RETURN(const auto events, Rollout::Record(state, event));
    if (session.earlier() || events.empty()) return absl::OkStatus();
    HQ_ASSIGN_OR_RETURN(const auto fences, Ask(rollout_id, state.planned.release_id()));
    for (const auto& fence : fences) session.Require(fence);
    session.Stage<Rollout>(rollout_id, events);
    session.Stage<RolloutFence>(rollout_id, {RolloutFence::Moved(fence_reason)});
    return absl::OkStatus();
  });
  HQ_RETURN_IF_ERROR(appended.status());
  return LastOf(*appended);
}

Result<Position> Commands::Start(const v1::StartRolloutRequest& request, const CommandMeta& meta) {
  HQ_ASSIGN_OR_RETURN(const auto views_at, runner_.Life());
  for (const std::string& other : views_.rollouts.Unfinished())
    if (other != request.rollout_id())
      return Refusal(absl::StatusCode::kFailedPrecondition, "rollout " + other + " is unfinished",
                     "ROLLOUT_UNDER_WAY", "Wait for it, resume it, or roll it back.");
  v1::RolloutEvent started;
  started.mutable_rollout_started();
  return Move(request.rollout_id(), started, "started", meta, &views_at);
}

Result<Position> Commands::Resume(const v1::ResumeRolloutRequest& request,
                                  const CommandMeta& meta) {
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  v1::RolloutEvent resumed;
  resumed.mutable_rollout_resumed()->set_reason(request.reason());
  return Move(request.rollout_id(), resumed, "resumed", meta, nullptr);
}

Result<std::vector<std::string>> Commands::TargetsOf(const v1::RollBackRequest& request) {
  if (request.has_release_id()) return views_.rollouts.OfRelease(request.release_id());
  if (!request.has_txn_id())
    return Refusal(absl::StatusCode::kInvalidArgument, "target: neither release_id nor txn_id",
                   "INVALID_FIELD", "Name the release, or the record since which all goes back.");
  ledger::v1::GetRequest get;
  get.set_id(request.txn_id());
  HQ_ASSIGN_OR_RETURN(const auto record, log_.Get(get));
  auto targets = views_.rollouts.StartedSince(record.record.position());
  const std::string& belongs_to = record.record.correlation_id();
  const bool is_of_rollout = !belongs_to.empty() && views_.rollouts.Find(belongs_to).has_value();
  if (is_of_rollout && std::find(targets.begin(), targets.end(), belongs_to) == targets.end())
    targets.push_back(belongs_to);
  return targets;
}

Status Commands::StageRollback(Session& session, const std::string& rollout_id,
                               const std::string& reason, bool& has_cells) {
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Rollout>(rollout_id));
  CellStates cells;
  for (const auto& wave : state.planned.waves())
    for (const std::string& branch : wave.cells()) {
      HQ_ASSIGN_OR_RETURN(cells[branch],
                          session.Load<CellRollout>(CellRollout::Id(rollout_id, branch)));
    }
  const auto order = RollbackOrder(cells);
  has_cells = !order.empty();
  if (!has_cells) return absl::OkStatus();
  v1::RolloutEvent event;
  event.mutable_rollback_started()->set_reason(reason);
  for (const std::string& branch : order) event.mutable_rollback_started()->add_cells(branch);
  HQ_ASSIGN_OR_RETURN(const auto events, Rollout::Record(state, event));
  session.Stage<Rollout>(rollout_id, events);
  if (events.empty()) return absl::OkStatus();
  session.Stage<RolloutFence>(rollout_id, {RolloutFence::Moved("rolled_back")});
  v1::ReleaseQuarantined quarantined;
  quarantined.set_reason(reason);
  quarantined.set_rollout_id(rollout_id);
  const std::string& release_id = state.planned.release_id();
  HQ_ASSIGN_OR_RETURN(const auto release, session.Load<Release>(release_id));
  HQ_ASSIGN_OR_RETURN(const auto quarantine, Release::Quarantine(release, quarantined));
  session.Stage<Release>(release_id, quarantine);
  return absl::OkStatus();
}

Result<Commands::RolledBack> Commands::RollBack(const v1::RollBackRequest& request,
                                                const CommandMeta& meta) {
  HQ_RETURN_IF_ERROR(CheckReason(request.reason()));
  HQ_ASSIGN_OR_RETURN(const auto views_at, runner_.Life());
  HQ_ASSIGN_OR_RETURN(const auto targets, TargetsOf(request));
  for (const std::string& other : views_.rollouts.Active())
    if (std::find(targets.begin(), targets.end(), other) == targets.end())
      return Refusal(absl::StatusCode::kFailedPrecondition, "rollout " + other + " is under way",
                     "ROLLOUT_UNDER_WAY", "Wait for it, or roll it back too.");
  RolledBack rolled_back;
  const auto appended = Transact(log_, meta, [&](Session& session) -> Status {
    session.RequireLife(views_at);
    rolled_back.rollout_ids.clear();
    for (const std::string& rollout_id : targets) {
      bool has_cells = false;
      HQ_RETURN_IF_ERROR(StageRollback(session, rollout_id, request.reason(), has_cells));
      if (has_cells) rolled_back.rollout_ids.push_back(rollout_id);
    }
    return absl::OkStatus();
  });
  HQ_RETURN_IF_ERROR(appended.status());
  rolled_back.position = LastOf(*appended);
  if (rolled_back.rollout_ids.empty())
    return Refusal(absl::StatusCode::kNotFound, "nothing that was released by it is on any cell",
                   "NOTHING_TO_ROLL_BACK", "List the rollouts to see what went where.");
  return rolled_back;
}

}  // namespace hq::sync
