// A cell's way back: the revert computed in memory, proposed as a pull request, merged by standing
// consent or by the owner, and the failing cell locked.
#pragma once

#include <map>
#include <string>

#include "services/sync/reactors/step_context.hpp"

namespace hq::sync {

// Used from one thread.
class BackSteps {
 public:
  explicit BackSteps(StepWorld& world) : world_(world) {}

  // `step.kind` is one of the kinds of the way back. An error means that something is away: wait.
  Result<StepResult> Take(const RolloutContext& context, const Step& step);

 private:
  Result<StepResult> Prepare(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Push(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Open(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Merge(const RolloutContext& context, const std::string& branch);
  Result<Progress> TryMerge(const RolloutContext& context, const std::string& branch);
  Result<StepResult> AwaitReverted(const RolloutContext& context, const std::string& branch);
  Result<StepResult> AskLock(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Conclude(const RolloutContext& context, const std::string& branch,
                              const Result<Progress>& progress);
  Result<StepResult> Stuck(const RolloutContext& context, const std::string& branch,
                           const std::vector<std::string>& paths);

  StepWorld& world_;
  std::map<std::string, TimePoint> waiting_since_;  // By rollout and cell; forgotten in a crash.
};

}  // namespace hq::sync
