// The effects that the way forward and the way back share: push a commit, open a pull request, mark
// it mergeable.
#pragma once

#include <functional>
#include <string>

#include "services/sync/reactors/step_context.hpp"

namespace hq::sync {

struct PushPlan {
  std::string kind;
  decision::v1::Action action;
  std::string topic_branch;
  std::string commit;  // Made again from the rest if its objects are gone.
  std::string parent;
  std::string tree;
  std::string message;
};

struct PullPlan {
  std::string kind;
  decision::v1::Action action;
  std::string topic_branch;
  std::string commit;
  std::string title;
  std::string body;
};

struct MarkPlan {
  std::string kind;
  decision::v1::Action action;
  std::string commit;
};

using FactOfCommit = std::function<CellRollout::Event(const std::string& commit)>;
using FactOfPull = std::function<CellRollout::Event(const PullRequest& opened)>;
using Fact = std::function<CellRollout::Event()>;

Result<Progress> PushCommit(StepWorld& world, const RolloutContext& context,
                            const std::string& branch, const PushPlan& plan,
                            const FactOfCommit& fact);
Result<Progress> OpenPull(StepWorld& world, const RolloutContext& context,
                          const std::string& branch, const PullPlan& plan, const FactOfPull& fact);

// The statuses hq/policy and hq/gate: the verdict that the attempt rests on, visible to the owner.
Result<Progress> MarkMergeable(StepWorld& world, const RolloutContext& context,
                               const std::string& branch, const MarkPlan& plan, const Fact& fact);

// Stages one fact about a cell beside the outcome of an effect.
Status StageFact(Session& session, const RolloutContext& context, const std::string& branch,
                 const CellRollout::Event& event);

}  // namespace hq::sync
