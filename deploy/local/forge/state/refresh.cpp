#include "deploy/local/forge/state/refresh.hpp"

namespace hq::forge::state {
namespace {

// The index of the served commit among the moves.
std::size_t ServedIndex(const RepositoryState& state, std::int64_t now_ms,
                        std::chrono::milliseconds deploy_delay) {
  std::size_t served = 0;
  for (std::size_t i = 1; i < state.default_branch_moves.size(); ++i)
    if (state.default_branch_moves[i].seen_at_ms + deploy_delay.count() <= now_ms) served = i;
  return served;
}

Result<bool> RefreshDefaultBranch(const git::Repository& repository, std::int64_t now_ms,
                                  std::chrono::milliseconds deploy_delay, RepositoryState* state) {
  HQ_ASSIGN_OR_RETURN(const std::string branch, repository.DefaultBranch());
  const auto tip = repository.BranchTip(branch);
  auto& moves = state->default_branch_moves;
  if (!tip.ok() || (!moves.empty() && moves.back().sha == *tip)) return false;
  moves.push_back({*tip, now_ms});
  const auto served = static_cast<std::ptrdiff_t>(ServedIndex(*state, now_ms, deploy_delay));
  moves.erase(moves.begin(), moves.begin() + served);
  return true;
}

Result<bool> RefreshPull(const git::Repository& repository, std::int64_t now_ms,
                         RepositoryState* state, Issue* issue) {
  Pull& pull = issue->pull;
  const auto base = repository.BranchTip(pull.base_branch);
  const auto head = repository.BranchTip(pull.head_branch);
  if (!pull.pending_merge_sha.empty() && base.ok()) {
    HQ_ASSIGN_OR_RETURN(const bool is_merged, repository.Contains(*base, pull.pending_merge_sha));
    if (is_merged) {
      MarkMerged(std::string(pull.pending_merge_sha), std::string(pull.merged_by), now_ms, issue);
      return true;
    }
    pull.pending_merge_sha.clear();
    pull.merged_by.clear();
  }
  if (base.ok() && *base != pull.base_sha) {
    // Somebody pushed to the base, perhaps this very head: then it is merged, as at GitHub.
    HQ_ASSIGN_OR_RETURN(const bool is_merged, repository.Contains(*base, pull.head_sha));
    pull.base_sha = *base;
    pull.examined_since_ms = now_ms;
    if (is_merged) MarkMerged(*base, issue->login, now_ms, issue);
    return true;
  }
  if (!base.ok() || !head.ok()) {
    Close(now_ms, issue);
    return true;
  }
  if (*head == pull.head_sha) return false;
  pull.head_sha = *head;
  pull.examined_since_ms = now_ms;
  issue->updated_at_ms = now_ms;
  state->head_first_seen_ms.emplace(*head, now_ms);
  return true;
}

}  // namespace

Result<bool> Refresh(const git::Repository& repository, std::int64_t now_ms,
                     std::chrono::milliseconds deploy_delay, RepositoryState* state) {
  HQ_ASSIGN_OR_RETURN(bool is_changed,
                      RefreshDefaultBranch(repository, now_ms, deploy_delay, state));
  for (auto& [number, issue] : state->issues) {
    if (!issue.is_pull || !issue.is_open) continue;
    HQ_ASSIGN_OR_RETURN(const bool is_pull_changed, RefreshPull(repository, now_ms, state, &issue));
    is_changed = is_changed || is_pull_changed;
  }
  return is_changed;
}

std::string ServedCommit(const RepositoryState& state, std::int64_t now_ms,
                         std::chrono::milliseconds deploy_delay) {
  if (state.default_branch_moves.empty()) return {};
  return state.default_branch_moves[ServedIndex(state, now_ms, deploy_delay)].sha;
}

void MarkMerged(const std::string& merge_commit, const std::string& login, std::int64_t now_ms,
                Issue* issue) {
  issue->pull.merge_commit_sha = merge_commit;
  issue->pull.pending_merge_sha.clear();
  issue->pull.merged_by = login;
  issue->pull.merged_at_ms = now_ms;
  Close(now_ms, issue);
}

void Close(std::int64_t now_ms, Issue* issue) {
  issue->is_open = false;
  issue->closed_at_ms = now_ms;
  issue->updated_at_ms = now_ms;
}

}  // namespace hq::forge::state
