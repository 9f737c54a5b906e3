#include "services/sync/reactors/rollout_driver.hpp"

#include "common/runtime/log.hpp"

namespace hq::sync {

RolloutDriver::RolloutDriver(EventLog& log, Clock& clock, const Views& views,
                             projection::Runner& runner, Court& court, Forge& forge,
                             Workshop& workshop, Prober& prober, const DriverSettings& settings,
                             runtime::Metrics& metrics)
    : runner_(runner),
      metrics_(metrics),
      settings_(settings),
      effects_(log, clock, court, metrics),
      world_{log, clock, views, court, forge, workshop, prober, effects_, settings_},
      forward_(world_),
      back_(world_) {}

void RolloutDriver::Run(std::stop_token stop) {
  std::string last_error;
  while (!stop.stop_requested()) {
    const Position seen = runner_.position();
    bool has_moved = false;
    for (const std::string& rollout_id : world_.views.rollouts.Active()) {
      const auto result = Advance(rollout_id);
      const std::string error = result.ok() ? "" : result.status().ToString();
      if (!error.empty() && error != last_error)
        log::Warn("rollout_waiting", {{"rollout", rollout_id}, {"reason", error}});
      last_error = error;
      has_moved = result.ok() && *result == StepResult::kMoved;
      if (has_moved || stop.stop_requested()) break;
    }
    if (!has_moved) runner_.WaitForChange(seen, settings_.poll, stop);
  }
}

Result<v1::RolloutPlan> RolloutDriver::PlanOf(const Rollout::State& rollout) {
  const std::string& sha256 = rollout.planned.plan_sha256();
  const auto known = plans_.find(sha256);
  if (known != plans_.end()) return known->second;
  HQ_ASSIGN_OR_RETURN(const auto bytes, world_.log.GetBlob(sha256));
  v1::RolloutPlan plan;
  if (!plan.ParseFromString(bytes)) return absl::DataLossError("a plan that cannot be read");
  return plans_.emplace(sha256, std::move(plan)).first->second;
}

Result<RolloutContext> RolloutDriver::Load(const std::string& rollout_id) {
  RolloutContext context;
  context.rollout_id = rollout_id;
  // Half of a history may have a kill switch without its release, and would pause a rollout.
  HQ_ASSIGN_OR_RETURN(context.life, runner_.Life());
  if (context.life.epoch() == 0) return absl::UnavailableError("the views have just begun again");
  context.meta.now = world_.clock.Now();
  context.meta.actor = "sync";
  context.meta.role = "service";
  context.meta.correlation_id = rollout_id;
  ledger::v1::ReadStreamRequest first;
  first.set_stream(StreamOf<Rollout>(rollout_id));
  HQ_ASSIGN_OR_RETURN(const auto slice, world_.log.ReadStream(first));
  if (slice.records.empty()) return absl::NotFoundError("no rollout " + rollout_id);
  context.planned_at = FromMicros(slice.records.front().record.occurred_at_us());

  Session session(world_.log, context.meta);
  HQ_ASSIGN_OR_RETURN(context.rollout, session.Load<Rollout>(rollout_id));
  HQ_ASSIGN_OR_RETURN(const auto fence, session.Load<RolloutFence>(rollout_id));
  context.fence_version = fence.moves;
  for (const auto& wave : context.rollout.planned.waves())
    for (const std::string& branch : wave.cells()) {
      HQ_ASSIGN_OR_RETURN(context.cells[branch],
                          session.Load<CellRollout>(CellRollout::Id(rollout_id, branch)));
    }
  HQ_ASSIGN_OR_RETURN(context.plan, PlanOf(context.rollout));
  HQ_ASSIGN_OR_RETURN(const auto head, world_.log.Head());
  context.read_position = head.head().position();
  return context;
}

Result<StepResult> RolloutDriver::Advance(const std::string& rollout_id) {
  HQ_ASSIGN_OR_RETURN(const auto context, Load(rollout_id));
  const Step step = NextStep(context.rollout, context.cells);
  if (step.kind == StepKind::kNothing) return StepResult::kWait;
  if (world_.views.cells.IsStopped()) {
    Rollout::Event paused;
    paused.mutable_rollout_paused()->set_reason("kill-switch: engaged for the whole fleet");
    HQ_RETURN_IF_ERROR(RecordRollout(world_, context, paused, "paused"));
    return StepResult::kMoved;
  }
  metrics_.Add("hq_rollout_steps_total");
  if (step.branch.empty()) return TakeRolloutStep(context, step);
  return step.kind >= StepKind::kPrepareRevert ? back_.Take(context, step)
                                               : forward_.Take(context, step);
}

Result<StepResult> RolloutDriver::TakeRolloutStep(const RolloutContext& context, const Step& step) {
  Rollout::Event event;
  std::string fence_reason;
  if (step.kind == StepKind::kOpenWave) {
    event.mutable_wave_opened()->set_wave(context.rollout.wave);
  } else if (step.kind == StepKind::kPassWave) {
    event.mutable_wave_passed()->set_wave(context.rollout.wave);
    for (const auto& branch : ExceptionsOf(context.rollout, context.cells))
      event.mutable_wave_passed()->add_exceptions(branch);
  } else if (step.kind == StepKind::kBlock) {
    event.mutable_rollout_blocked()->set_reason("no_canary: no canary verified the release");
    fence_reason = "blocked";
  } else if (step.kind == StepKind::kComplete) {
    event.mutable_rollout_completed();
    for (const auto& branch : context.rollout.exceptions)
      event.mutable_rollout_completed()->add_exceptions(branch);
  } else {
    event.mutable_rollout_rolled_back();
    for (const auto& [branch, cell] : context.cells)
      if (cell.phase == v1::CELL_PHASE_REVERT_STUCK)
        event.mutable_rollout_rolled_back()->add_stuck(branch);
    fence_reason = "rolled_back";
  }
  HQ_RETURN_IF_ERROR(RecordRollout(world_, context, event, fence_reason));
  return StepResult::kMoved;
}

}  // namespace hq::sync
