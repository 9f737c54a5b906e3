#include "services/decision/api/authorizer.hpp"

#include "common/events/session.hpp"
#include "services/decision/api/restore_hold.hpp"
#include "services/decision/core/verdict.hpp"

namespace hq::decision {
namespace {

// The aggregate's state now, and the fence that says so.
template <Decider D>
Status ReadFenced(EventLog& log, std::string_view id, typename D::State& state,
                  v1::AuthorizeResponse& response) {
  ledger::v1::ReadStreamRequest request;
  request.set_stream(StreamOf<D>(id));
  HQ_ASSIGN_OR_RETURN(const auto slice, log.ReadStream(request));
  for (const Recorded& recorded : slice.records) {
    typename D::Event event;
    HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
    state = D::Fold(std::move(state), event);
  }
  auto* fence = response.add_fences();
  fence->set_stream(request.stream());
  fence->set_version(slice.version);
  return absl::OkStatus();
}

void FillFromViews(const AllViews& views, const v1::AuthorizeRequest& request, Facts& facts) {
  facts.is_release_known = views.releases.IsKnown(request.release_id());
  facts.is_release_verified_on_canary = views.releases.IsVerifiedOnCanary(request.release_id());
  const auto release = views.rollouts.ReleaseOf(request.rollout_id());
  facts.is_rollout_planned = release.has_value();
  facts.is_rollout_started = views.rollouts.IsStarted(request.rollout_id());
  facts.rollout_release_id = release.value_or("");
  if (const auto cell = views.cells.Find(request.branch())) {
    facts.cell.is_registered = cell->has_entry();
    facts.cell.is_retired = cell->retired();
    facts.cell.is_in_maintenance = cell->maintenance();
    facts.cell.entry = cell->entry();
  }
}

Status Behind(const std::string& how) {
  return Refusal(absl::StatusCode::kUnavailable, how, "VIEW_BEHIND",
                 "Try again in a moment; if it stays so, look at decision's log.");
}

bool IsSameLife(const ledger::v1::Cursor& one, const ledger::v1::Cursor& other) {
  return one.log_id() == other.log_id() && one.epoch() == other.epoch();
}

// Rows of a life of the ledger that was given up are no facts, and look the same.
Status CheckLife(EventLog& log, const projection::Runner& runner,
                 const ledger::v1::Cursor& views_at) {
  HQ_ASSIGN_OR_RETURN(const auto head, log.Head());
  if (head.head().epoch() == 0)
    return Refusal(absl::StatusCode::kUnavailable, "the ledger does not say in which life it is",
                   "LIFE_UNKNOWN",
                   "Try again in a moment; if it stays so, look at the ledger's log.");
  // Views of an empty ledger say nothing of any life.
  const bool is_of_now =
      views_at.position() == 0 ? head.head().position() == 0 : IsSameLife(views_at, head.head());
  if (is_of_now && runner.has_caught_up() && IsSameLife(views_at, runner.checkpoint()))
    return absl::OkStatus();
  return Behind("decision's views are of another life of the ledger");
}

}  // namespace

Status Authorizer::Authorize(const v1::AuthorizeRequest& request,
                             v1::AuthorizeResponse& response) const {
  HQ_RETURN_IF_ERROR(CheckQuestion(request));
  if (request.min_position() > 0) HQ_RETURN_IF_ERROR(runner_.WaitFor(request.min_position()));
  // Half of a history has cells, locks and quarantines missing.
  if (!runner_.has_caught_up()) return Behind("decision has not caught up with the ledger yet");
  const ledger::v1::Cursor views_at = runner_.checkpoint();

  Facts facts;
  v1::AuthorizeResponse read;
  HQ_RETURN_IF_ERROR(ReadFenced<KillSwitch>(log_, KillSwitch::kGlobal, facts.global_switch, read));
  HQ_RETURN_IF_ERROR(ReadFenced<Policy>(log_, "", facts.policy, read));
  if (!request.branch().empty()) {
    HQ_RETURN_IF_ERROR(ReadFenced<KillSwitch>(log_, request.branch(), facts.cell_switch, read));
    HQ_RETURN_IF_ERROR(ReadFenced<CellLock>(log_, request.branch(), facts.lock, read));
  }
  HQ_RETURN_IF_ERROR(FoldRestoreThatHolds(log_, facts.global_switch));
  FillFromViews(views_, request, facts);
  HQ_RETURN_IF_ERROR(CheckLife(log_, runner_, views_at));

  response = Judge(request, facts);
  *response.mutable_fences() = read.fences();
  response.set_position(views_at.position());
  return absl::OkStatus();
}

}  // namespace hq::decision
