// What every step of a rollout knows: the rollout, its cells, its plan, and the world outside.
#pragma once

#include <string>

#include "common/base/clock.hpp"
#include "common/events/session.hpp"
#include "services/sync/core/step.hpp"
#include "services/sync/ports.hpp"
#include "services/sync/reactors/effect_runner.hpp"
#include "services/sync/views/all.hpp"

namespace hq::sync {

struct DriverSettings {
  std::chrono::milliseconds poll{200};                // Between looks at what has not happened yet.
  std::uint32_t probes = 5;                           // In a watch window.
  std::uint32_t probe_failures = 3;                   // That many bad ones are a failure.
  std::chrono::milliseconds probe_interval{100};      // Between two of them.
  std::chrono::milliseconds deploy_timeout{600'000};  // For a site to serve what was merged.
};

// The world outside and the settings; all outlive the steps.
struct StepWorld {
  EventLog& log;
  Clock& clock;
  const Views& views;
  Court& court;
  Forge& forge;
  Workshop& workshop;
  Prober& prober;
  EffectRunner& effects;
  const DriverSettings& settings;
};

// A rollout as the ledger has it, read at the beginning of a step.
struct RolloutContext {
  std::string rollout_id;
  Rollout::State rollout;
  CellStates cells;
  v1::RolloutPlan plan;
  std::uint64_t fence_version = 0;
  // The life of the ledger that the views were of before anything was read. What follows from this
  // context is appended in that life or not at all; all but one thing: what an effect has brought
  // about outside is so, whatever has become of the ledger.
  ledger::v1::Cursor life;
  TimePoint planned_at;  // Dates the commits, so that the same commit can be made again.
  CommandMeta meta;
  Position read_position =
      0;  // The highest position read for this context: what a verdict must reflect.

  const v1::PlannedCell* Planned(const std::string& branch) const {
    for (const auto& cell : plan.cells())
      if (cell.branch() == branch) return &cell;
    return nullptr;
  }
};

// Whether the step moved the rollout (go on at once) or there is nothing to do but look again
// later.
enum class StepResult { kMoved, kWait };

// Appends one fact about a cell.
Status RecordCell(StepWorld& world, const RolloutContext& context, const std::string& branch,
                  const CellRollout::Event& event);

// Appends one fact about the rollout, moving its fence if `fence_reason` is not empty.
Status RecordRollout(StepWorld& world, const RolloutContext& context, const Rollout::Event& event,
                     std::string_view fence_reason);

// The cell failed: deploy_failed, halt, and the rollback of everything that was merged, in one
// append.
Status RecordFailure(StepWorld& world, const RolloutContext& context, const std::string& branch,
                     const v1::DeployFailed& failure);

// What a denied effect means: a pause, or the cell is passed by.
Result<StepResult> RecordDenied(StepWorld& world, const RolloutContext& context,
                                const std::string& branch, const Progress& denied, bool is_revert);

// A plan for an effect on the cell; the effect key depends on rollout, cell and kind alone.
EffectPlan PlanEffect(const RolloutContext& context, const std::string& branch,
                      const std::string& kind, decision::v1::Action action,
                      const std::string& git_ref);

}  // namespace hq::sync
