// The Forge on the GitHub REST API: pull requests, statuses, labels and issues. Each method says
// what GitHub has; where something is there already, it is adopted.
#pragma once

#include <string>

#include "services/sync/adapters/github_api.hpp"
#include "services/sync/ports.hpp"

namespace hq::sync {

// Thread-safe. One try each: whoever calls decides on the next. While GitHub asks to be left alone
// (Retry-After), every method answers kUnavailable without a call.
class GithubForge final : public Forge {
 public:
  // `clock` outlives it.
  GithubForge(GithubApi::Settings settings, Clock& clock) : api_(std::move(settings), clock) {}

  Result<std::optional<PullRequest>> FindPullRequest(const RepoName& repo,
                                                     const std::string& head_branch) override;
  Result<PullRequest> OpenPullRequest(const RepoName& repo, const std::string& head_branch,
                                      const std::string& title, const std::string& body) override;
  Result<PullRequest> GetPullRequest(const RepoName& repo, std::uint64_t number) override;
  Result<PullRequest> MergePullRequest(const RepoName& repo, std::uint64_t number,
                                       const std::string& head_commit,
                                       const std::string& title) override;
  // HQ's own contexts (hq/…) do not count. Pending if any check still runs, else failed if any
  // failed; without any check: passed.
  Result<Checks> GetChecks(const RepoName& repo, const std::string& commit) override;
  Status SetStatus(const RepoName& repo, const std::string& commit, const std::string& context,
                   bool is_success, const std::string& description) override;
  Status AddLabel(const RepoName& repo, std::uint64_t number, const std::string& label) override;
  Result<std::optional<Issue>> FindIssue(const RepoName& repo, const std::string& label,
                                         const std::string& marker) override;
  Result<Issue> OpenIssue(const RepoName& repo, const std::string& label, const std::string& title,
                          const std::string& body) override;

 private:
  Result<PullRequest> Refused(const RepoName& repo, std::uint64_t number,
                              const GithubAnswer& answer);

  GithubApi api_;
};

// Why a merge was refused with 405, which GitHub says for good reasons and for passing ones: by its
// words and the pull request's mergeable_state. kUnavailable if it may work later, else
// kFailedPrecondition.
Status MergeRefusal(const std::string& words, const std::string& mergeable_state, bool is_open);

}  // namespace hq::sync
