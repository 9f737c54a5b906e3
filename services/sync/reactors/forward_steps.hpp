// A cell's way forward: merge in memory, topic branch, pull request, checks, merge, deploy, health.
// Each step looks, does at most one effect, and records one fact.
#pragma once

#include <map>
#include <string>

#include "services/sync/reactors/step_context.hpp"

namespace hq::sync {

// Used from one thread.
class ForwardSteps {
 public:
  explicit ForwardSteps(StepWorld& world) : world_(world) {}

  // `step.kind` is one of the forward kinds. An error means that something is away: wait.
  Result<StepResult> Take(const RolloutContext& context, const Step& step);

 private:
  Result<StepResult> Prepare(const RolloutContext& context, const std::string& branch);
  Result<StepResult> ReportConflict(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Push(const RolloutContext& context, const std::string& branch);
  Result<StepResult> OpenPullRequest(const RolloutContext& context, const std::string& branch);
  Result<StepResult> AwaitChecks(const RolloutContext& context, const std::string& branch);
  Result<StepResult> Merge(const RolloutContext& context, const std::string& branch);
  Result<StepResult> AwaitDeploy(const RolloutContext& context, const std::string& branch);
  Result<StepResult> WatchHealth(const RolloutContext& context, const std::string& branch);

  Result<StepResult> Conclude(const RolloutContext& context, const std::string& branch,
                              const Result<Progress>& progress);
  Result<std::string> MergedOutcome(const RolloutContext& context, const std::string& branch,
                                    const PullRequest& pull_request);

  StepWorld& world_;
  std::map<std::string, TimePoint> waiting_since_;  // By rollout and cell; forgotten in a crash.
};

// The forge's owner/name of a planned cell.
RepoName RepoNameOf(const v1::PlannedCell& cell);

}  // namespace hq::sync
