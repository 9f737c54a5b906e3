// Takes every rollout that is under way to its end, one step after the other. All it knows stands
// on the ledger: killed at any instant and started again, it goes on with the same step.
#pragma once

#include <map>
#include <string>

#include "common/projection/runner.hpp"
#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "services/sync/reactors/back_steps.hpp"
#include "services/sync/reactors/forward_steps.hpp"
#include "services/sync/reactors/step_context.hpp"

namespace hq::sync {

class RolloutDriver final : public Component {
 public:
  // All outlive the driver.
  RolloutDriver(EventLog& log, Clock& clock, const Views& views, projection::Runner& runner,
                Court& court, Forge& forge, Workshop& workshop, Prober& prober,
                const DriverSettings& settings, runtime::Metrics& metrics);

  void Run(std::stop_token stop) override;

 private:
  Result<StepResult> Advance(const std::string& rollout_id);
  Result<RolloutContext> Load(const std::string& rollout_id);
  Result<v1::RolloutPlan> PlanOf(const Rollout::State& rollout);
  Result<StepResult> TakeRolloutStep(const RolloutContext& context, const Step& step);

  projection::Runner& runner_;
  runtime::Metrics& metrics_;
  DriverSettings settings_;
  EffectRunner effects_;
  StepWorld world_;
  ForwardSteps forward_;
  BackSteps back_;
  // By their SHA-256: a rollout's id may come again with another plan, after a restore.
  std::map<std::string, v1::RolloutPlan> plans_;
};

}  // namespace hq::sync
