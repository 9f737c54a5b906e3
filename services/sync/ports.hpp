// The world outside sync: the forge (pull requests), the workshop (Git objects), the prober
// (sites). Every method is bounded by a deadline of its own and may return kUnavailable (transient:
// try again), kDeadlineExceeded (outcome unknown), kPermissionDenied, kNotFound or
// kFailedPrecondition (permanent).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "services/sync/core/merge_report.hpp"
#include "services/sync/core/repo.hpp"

namespace hq::sync {

// A pull request as the forge shows it.
struct PullRequest {
  std::uint64_t number = 0;
  std::string url;
  std::string head_commit;
  std::string head_branch;
  bool is_open = false;
  bool is_merged = false;
  std::string merge_commit;  // Only if merged.
  // What the forge says of merging: unset while it does not know.
  std::optional<bool> is_mergeable;
};

// What the checks of a commit say, all of them together.
enum class Checks { kPending, kPassed, kFailed };

// Pull requests, issues and statuses on the forge. One adapter: the GitHub REST API. Thread-safe.
class Forge {
 public:
  virtual ~Forge() = default;

  // The pull request with that head branch, open before merged before closed; nothing if there is
  // none.
  virtual Result<std::optional<PullRequest>> FindPullRequest(const RepoName& repo,
                                                             const std::string& head_branch) = 0;
  // Adopts one that is there (422 "already exists") instead of failing.
  virtual Result<PullRequest> OpenPullRequest(const RepoName& repo, const std::string& head_branch,
                                              const std::string& title,
                                              const std::string& body) = 0;
  // As it is now. kNotFound.
  virtual Result<PullRequest> GetPullRequest(const RepoName& repo, std::uint64_t number) = 0;
  // Merges only if the head is still `head_commit`. kAborted if the head moved; kUnavailable for
  // "not mergeable yet"; kFailedPrecondition if it cannot be merged. One that is merged already is
  // an answer, not an error.
  virtual Result<PullRequest> MergePullRequest(const RepoName& repo, std::uint64_t number,
                                               const std::string& head_commit,
                                               const std::string& title) = 0;
  // The commit's statuses and check runs. kInvalidArgument if `commit` is no commit's name.
  virtual Result<Checks> GetChecks(const RepoName& repo, const std::string& commit) = 0;
  // `context` e.g. "hq/gate"; harmless to repeat.
  virtual Status SetStatus(const RepoName& repo, const std::string& commit,
                           const std::string& context, bool is_success,
                           const std::string& description) = 0;
  // To a pull request or an issue; harmless to repeat.
  virtual Status AddLabel(const RepoName& repo, std::uint64_t number, const std::string& label) = 0;
  struct Issue {
    std::uint64_t number = 0;
    std::string url;
  };
  // The issue with `label`, open or closed, whose body carries `marker`; nothing if there is none.
  virtual Result<std::optional<Issue>> FindIssue(const RepoName& repo, const std::string& label,
                                                 const std::string& marker) = 0;
  // Always a new one, so look for it first. kDeadlineExceeded also if it was opened and the answer
  // cannot be read.
  virtual Result<Issue> OpenIssue(const RepoName& repo, const std::string& label,
                                  const std::string& title, const std::string& body) = 0;
};

// One bare repository in which HQ's and every cell's objects meet. Thread-safe; calls on one cell
// do not run at the same time.
class Workshop {
 public:
  virtual ~Workshop() = default;

  // Fetches a ref (empty: the default branch) of the HQ repository: its commit.
  virtual Result<std::string> FetchHq(const std::string& ref) = 0;
  // Fetches the cell's default branch: its head.
  virtual Result<std::string> FetchCell(const std::string& branch, const std::string& repo) = 0;
  // The release's tree out of an HQ commit: the subtree `site/` without its manifest, and the
  // manifest.
  virtual Result<ReleaseTree> ReadRelease(const std::string& hq_commit) = 0;
  // Keeps a release's objects for ever (a tag hq/release/{id}).
  virtual Status PinRelease(const std::string& release_id, const std::string& hq_commit) = 0;
  // The release id in hq-release.json at the root of a commit's tree; empty if there is none.
  virtual Result<std::string> ReleaseOf(const std::string& commit) = 0;
  // The name of a commit's tree.
  virtual Result<std::string> TreeOf(const std::string& commit) = 0;

  // The three-way merge of a release into a cell, in memory. `base_tree` empty: the empty tree.
  // `release_tree` and `base_tree` are site trees; the result carries hq-release.json for
  // `release_id`.
  virtual Result<MergeReport> MergeRelease(const std::string& base_tree,
                                           const std::string& cell_head,
                                           const std::string& release_tree,
                                           const std::string& release_id,
                                           const Manifest& manifest) = 0;
  // The three-way merge that takes a change back: base = after, ours = cell head, theirs = before.
  virtual Result<MergeReport> MergeRevert(const std::string& tree_after,
                                          const std::string& cell_head,
                                          const std::string& tree_before) = 0;
  // A commit made of its arguments alone, so that it has the same name when made again.
  virtual Result<std::string> Commit(const std::string& tree, const std::string& parent,
                                     const std::string& message, TimePoint when) = 0;
  // The remote branch's commit; empty if there is none.
  virtual Result<std::string> RemoteBranch(const std::string& repo, const std::string& branch) = 0;
  // Pushes a commit to refs/heads/{topic_branch}, which must start with "hq/"; expects the remote
  // to have `expected_old` there (empty: nothing). kFailedPrecondition otherwise, kInvalidArgument
  // for another branch.
  virtual Status Push(const std::string& repo, const std::string& topic_branch,
                      const std::string& commit, const std::string& expected_old) = 0;
};

// What one look at a cell's site found.
struct Probe {
  bool answered = false;    // False: could not be measured.
  bool is_healthy = false;  // 200 on /health.
  std::string release_id;   // What the site echoes; empty if nothing.
  std::string detail;       // e.g. "500", for people.
};

// A cell's site over HTTP. Thread-safe.
class Prober {
 public:
  virtual ~Prober() = default;
  // One probe of the cell's /health and /hq-release.json.
  virtual Probe ProbeSite(const std::string& domain, const RepoName& repo) = 0;
};

// Decision, over gRPC: verdicts and locks. Thread-safe.
class Court {
 public:
  virtual ~Court() = default;

  // A deny is an answer. kUnavailable while decision or the ledger is away.
  virtual Result<decision::v1::AuthorizeResponse> Authorize(
      const decision::v1::AuthorizeRequest& request) = 0;
  // `meta.command_id` makes it idempotent. kNotFound for a cell that is not registered.
  virtual Status LockCell(const std::string& branch, const std::string& reason,
                          const CommandMeta& meta) = 0;
};

}  // namespace hq::sync
