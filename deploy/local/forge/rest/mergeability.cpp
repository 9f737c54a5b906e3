#include "deploy/local/forge/rest/mergeability.hpp"

#include <algorithm>

#include "deploy/local/forge/git/merge.hpp"
#include "deploy/local/forge/rest/checks.hpp"
#include "deploy/local/forge/rest/shapes.hpp"
#include "deploy/local/forge/rest/statuses.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

// GitHub works mergeability out in the background; until then it answers null.
bool IsStillUnknown(const Call& call, const state::Issue& issue) {
  constexpr std::chrono::milliseconds kExaminationMax{100};
  const auto examination = std::min(kExaminationMax, call.check_delay);
  return call.now_ms < issue.pull.examined_since_ms + examination.count();
}

// The first required status or check that stands in the way; empty if none does. The forge's own
// check must have passed; HQ's statuses count once they are set.
Result<std::string> RequiredStatusInTheWay(const Call& call, const state::Issue& issue) {
  for (const auto& status : LatestStatuses(call.repository().state(), issue.pull.head_sha)) {
    const bool is_required = status.context == "hq/gate" || status.context == "hq/policy";
    if (is_required && status.state != "success")
      return "Required status check \"" + status.context + "\" is " +
             (status.state == "pending" ? "expected." : "failing.");
  }
  HQ_ASSIGN_OR_RETURN(const CheckRun check, SiteCheck(call, issue.pull.head_sha));
  if (!check.is_completed) return std::string("Required status check \"site\" is in progress.");
  if (!check.is_success) return std::string("Required status check \"site\" is failing.");
  return std::string();
}

}  // namespace

Result<Mergeability> Examine(const Call& call, const state::Issue& issue) {
  const auto& pull = issue.pull;
  if (pull.draft) return Mergeability{"draft", "Pull Request is still a draft"};
  HQ_ASSIGN_OR_RETURN(const bool is_clean,
                      git::MergesCleanly(call.repository().git(), pull.base_sha, pull.head_sha));
  if (!is_clean) return Mergeability{"dirty", "Pull Request is not mergeable"};
  HQ_ASSIGN_OR_RETURN(const std::string obstacle, RequiredStatusInTheWay(call, issue));
  if (!obstacle.empty()) return Mergeability{"blocked", obstacle};
  return Mergeability{"clean", ""};
}

Result<json> FullPullShape(const Call& call, const state::Issue& issue) {
  const auto& pull = issue.pull;
  json shape = PullShape(call, issue);
  json mergeable = nullptr;
  std::string mergeable_state = "unknown";
  if (issue.is_open && !IsStillUnknown(call, issue)) {
    HQ_ASSIGN_OR_RETURN(const Mergeability examined, Examine(call, issue));
    mergeable = examined.state != "dirty";
    mergeable_state = examined.state;
  }
  std::size_t commits = 0;
  if (issue.is_open) {
    HQ_ASSIGN_OR_RETURN(const auto compared,
                        call.repository().git().Compare(pull.base_sha, pull.head_sha));
    commits = compared.ahead;
  }
  shape.update({{"merged", issue.is_merged()},
                {"mergeable", mergeable},
                {"rebaseable", mergeable},
                {"mergeable_state", mergeable_state},
                {"merged_by", issue.is_merged() ? UserShape(call, pull.merged_by) : json(nullptr)},
                {"comments", issue.comments.size()},
                {"review_comments", 0},
                {"maintainer_can_modify", false},
                {"commits", commits}});
  return shape;
}

}  // namespace hq::forge::rest
