#include "deploy/local/forge/rest/merging.hpp"

#include "deploy/local/forge/git/merge.hpp"
#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/mergeability.hpp"
#include "deploy/local/forge/rest/pulls.hpp"
#include "deploy/local/forge/state/refresh.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

Result<git::MergeMethod> MethodIn(const Call& call) {
  HQ_ASSIGN_OR_RETURN(const std::string method, Text(call, "merge_method", "merge"));
  if (method == "merge") return git::MergeMethod::kMerge;
  if (method == "squash") return git::MergeMethod::kSquash;
  if (method == "rebase") return git::MergeMethod::kRebase;
  return absl::InvalidArgumentError(
      "Invalid request.\n\n\"" + method +
      "\" is not a possible value. Must be one of the following: merge, squash, rebase.");
}

Result<git::MergeOrder> OrderFor(const Call& call, const state::Issue& issue) {
  git::MergeOrder order;
  order.base = issue.pull.base_sha;
  order.head = issue.pull.head_sha;
  order.author = call.principal.login;
  HQ_ASSIGN_OR_RETURN(order.method, MethodIn(call));
  const std::string number = "#" + std::to_string(issue.number);
  const std::string default_title = order.method == git::MergeMethod::kMerge
                                        ? "Merge pull request " + number + " from " +
                                              call.repository().owner() + "/" +
                                              issue.pull.head_branch
                                        : issue.title + " (" + number + ")";
  HQ_ASSIGN_OR_RETURN(const std::string title, Text(call, "commit_title", default_title));
  HQ_ASSIGN_OR_RETURN(const std::string text, Text(call, "commit_message", issue.title));
  order.message = text.empty() ? title + "\n" : title + "\n\n" + text + "\n";
  return order;
}

// Records the intent, moves the branch, records the outcome. A crash after the first step is healed
// by Refresh: the branch holds the commit or it does not.
Status MoveAndRecord(Call& call, const std::string& merge_commit, state::Issue* issue) {
  auto& repository = call.repository();
  issue->pull.pending_merge_sha = merge_commit;
  issue->pull.merged_by = call.principal.login;
  HQ_RETURN_IF_ERROR(repository.Save());
  const Status moved =
      repository.git().MoveBranch(issue->pull.base_branch, issue->pull.base_sha, merge_commit);
  if (!moved.ok()) {
    issue->pull.pending_merge_sha.clear();
    issue->pull.merged_by.clear();
    HQ_RETURN_IF_ERROR(repository.Save());
    return absl::FailedPreconditionError(
        "Base branch was modified. Review and try the merge again.");
  }
  state::MarkMerged(merge_commit, call.principal.login, call.now_ms, issue);
  return repository.Save();
}

}  // namespace

Answer MergePull(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindPull(call));
  HQ_ASSIGN_OR_RETURN(const std::string expected_head, Text(call, "sha", issue->pull.head_sha));
  HQ_ASSIGN_OR_RETURN(const git::MergeOrder order, OrderFor(call, *issue));
  if (!issue->is_open) return Error(405, "Pull Request is not mergeable");
  if (expected_head != issue->pull.head_sha)
    return Error(409, "Head branch was modified. Review and try the merge again.");
  HQ_ASSIGN_OR_RETURN(const Mergeability examined, Examine(call, *issue));
  if (!examined.refusal.empty()) return Error(405, examined.refusal);
  HQ_ASSIGN_OR_RETURN(const std::string merge_commit,
                      git::CreateMerge(call.repository().git(), order));
  HQ_RETURN_IF_ERROR(MoveAndRecord(call, merge_commit, issue));
  call.audit = {{"number", issue->number}, {"merge_commit_sha", merge_commit}};
  HQ_ASSIGN_OR_RETURN(const json shape, FullPullShape(call, *issue));
  call.news = {{"action", "closed"}, {"number", issue->number}, {"pull_request", shape}};
  return Json(
      200,
      {{"sha", merge_commit}, {"merged", true}, {"message", "Pull Request successfully merged"}});
}

Answer IsMerged(Call& call) {
  HQ_ASSIGN_OR_RETURN(const state::Issue* issue, FindPull(call));
  return issue->is_merged() ? NoContent() : Error(404, "Not Found");
}

}  // namespace hq::forge::rest
