#include "services/sync/adapters/github_forge.hpp"

#include <tuple>

#include "common/base/text.hpp"
#include "services/sync/adapters/git_remote.hpp"

namespace hq::sync {
namespace {

using nlohmann::json;

constexpr std::size_t kTitleBytesMax = 250;

Result<std::string> RepoPath(const RepoName& repo) {
  // A name with more in it than one path part would be another call.
  const RepoName checked = ForgeNameOf(repo.owner + "/" + repo.name);
  if (checked.owner != repo.owner || checked.name != repo.name || repo.owner.empty())
    return absl::InvalidArgumentError("no repository's name");
  return "/repos/" + repo.owner + "/" + repo.name;
}

std::string PullPath(const std::string& repo_path, std::uint64_t number) {
  return repo_path + "/pulls/" + std::to_string(number);
}

// Open before merged before closed, then the newest.
std::tuple<bool, bool, std::uint64_t> RankOf(const PullRequest& pull_request) {
  return {pull_request.is_open, pull_request.is_merged, pull_request.number};
}

bool MentionsAny(const std::string& words, std::initializer_list<const char*> parts) {
  for (const char* part : parts)
    if (words.find(part) != std::string::npos) return true;
  return false;
}

// GitHub takes 65536 characters. What is cut is the middle: a marker stands at the end.
std::string BoundedBody(const std::string& body) {
  constexpr std::size_t kBodyBytesMax = 60'000;
  constexpr std::size_t kMarkerBytesMax = 500;
  if (body.size() <= kBodyBytesMax) return ValidUtf8(body, kBodyBytesMax);
  const auto marker = body.rfind("<!--");
  const bool has_marker = marker != std::string::npos && body.size() - marker <= kMarkerBytesMax;
  return ValidUtf8(body, kBodyBytesMax - kMarkerBytesMax) + "\n\n(cut)\n\n" +
         (has_marker ? ValidUtf8(body.substr(marker), kMarkerBytesMax) : "");
}

}  // namespace

Result<std::optional<PullRequest>> GithubForge::FindPullRequest(const RepoName& repo,
                                                                const std::string& head_branch) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(
      const auto pulls,
      api_.List(path + "/pulls?state=all&head=" + PercentEncoded(repo.owner + ":" + head_branch),
                ""));
  std::optional<PullRequest> best;
  for (const json& pull : pulls) {
    if (!IsFromHere(pull, repo, head_branch)) continue;
    HQ_ASSIGN_OR_RETURN(const auto candidate, PullRequestIn(pull));
    if (!best || RankOf(candidate) > RankOf(*best)) best = candidate;
  }
  return best;
}

Result<PullRequest> GithubForge::OpenPullRequest(const RepoName& repo,
                                                 const std::string& head_branch,
                                                 const std::string& title,
                                                 const std::string& body) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(const json about, api_.Ask("GET", path));
  const std::string base = TextAt(about, {"default_branch"});
  if (base.empty()) return absl::UnavailableError("the forge names no default branch");
  HQ_ASSIGN_OR_RETURN(const auto answer, api_.Call("POST", path + "/pulls",
                                                   {{"title", ValidUtf8(title, kTitleBytesMax)},
                                                    {"head", head_branch},
                                                    {"base", base},
                                                    {"body", BoundedBody(body)}}));
  if (answer.status == 201) {
    const auto opened = PullRequestIn(answer.body);
    // It is open; which one it is, a look-up tells.
    if (!opened.ok()) return absl::DeadlineExceededError(opened.status().message());
    return *opened;
  }
  if (answer.status == 422 && MentionsAny(answer.Words(), {"already exists"})) {
    HQ_ASSIGN_OR_RETURN(const auto found, FindPullRequest(repo, head_branch));
    if (found && found->is_open) return *found;
    return absl::UnavailableError(answer.call + ": said to be open, but not found");
  }
  return FaultOf(answer);
}

Result<PullRequest> GithubForge::GetPullRequest(const RepoName& repo, std::uint64_t number) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(const json body, api_.Ask("GET", PullPath(path, number)));
  return PullRequestIn(body);
}

Result<PullRequest> GithubForge::MergePullRequest(const RepoName& repo, std::uint64_t number,
                                                  const std::string& head_commit,
                                                  const std::string& title) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  if (!IsObjectName(head_commit)) return absl::InvalidArgumentError("no commit");
  HQ_ASSIGN_OR_RETURN(
      const auto answer,
      api_.Call("PUT", PullPath(path, number) + "/merge",
                {{"sha", head_commit}, {"merge_method", "merge"}, {"commit_title", title}}));
  if (answer.status == 405 || answer.status == 409) return Refused(repo, number, answer);
  if (answer.status != 200) return FaultOf(answer);
  PullRequest merged;
  merged.number = number;
  merged.head_commit = head_commit;
  merged.is_merged = true;
  merged.merge_commit = TextAt(answer.body, {"sha"});
  if (IsObjectName(merged.merge_commit)) return merged;
  return absl::DeadlineExceededError(answer.call + ": merged, but the answer cannot be read");
}

// A refusal of what is merged already is an answer.
Result<PullRequest> GithubForge::Refused(const RepoName& repo, std::uint64_t number,
                                         const GithubAnswer& answer) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(const json body, api_.Ask("GET", PullPath(path, number)));
  HQ_ASSIGN_OR_RETURN(const auto now, PullRequestIn(body));
  if (now.is_merged) return now;
  if (answer.status == 409) return FaultOf(answer);
  return Annotate(MergeRefusal(answer.Words(), TextAt(body, {"mergeable_state"}), now.is_open),
                  answer.call);
}

Result<Checks> GithubForge::GetChecks(const RepoName& repo, const std::string& commit) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  if (!IsObjectName(commit)) return absl::InvalidArgumentError("no commit");
  const std::string commit_path = path + "/commits/" + commit;
  HQ_ASSIGN_OR_RETURN(const auto statuses, api_.List(commit_path + "/status?", "statuses"));
  HQ_ASSIGN_OR_RETURN(const auto runs, api_.List(commit_path + "/check-runs?", "check_runs"));
  return ChecksIn(statuses, runs);
}

Status GithubForge::SetStatus(const RepoName& repo, const std::string& commit,
                              const std::string& context, bool is_success,
                              const std::string& description) {
  constexpr std::size_t kDescriptionBytesMax = 140;
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  if (!IsObjectName(commit)) return absl::InvalidArgumentError("no commit");
  return api_
      .Ask("POST", path + "/statuses/" + commit,
           {{"state", is_success ? "success" : "failure"},
            {"context", context},
            {"description", ValidUtf8(description, kDescriptionBytesMax)}})
      .status();
}

Status GithubForge::AddLabel(const RepoName& repo, std::uint64_t number, const std::string& label) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  return api_
      .Ask("POST", path + "/issues/" + std::to_string(number) + "/labels",
           {{"labels", json::array({label})}})
      .status();
}

Result<std::optional<Forge::Issue>> GithubForge::FindIssue(const RepoName& repo,
                                                           const std::string& label,
                                                           const std::string& marker) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(const auto issues,
                      api_.List(path + "/issues?state=all&labels=" + PercentEncoded(label), ""));
  for (const json& issue : issues) {
    const bool is_marked = TextAt(issue, {"body"}).find(marker) != std::string::npos;
    // GitHub lists pull requests among the issues.
    if (!is_marked || issue.contains("pull_request")) continue;
    HQ_ASSIGN_OR_RETURN(const Issue found, IssueIn(issue));
    return std::optional(found);
  }
  return std::optional<Issue>();
}

Result<Forge::Issue> GithubForge::OpenIssue(const RepoName& repo, const std::string& label,
                                            const std::string& title, const std::string& body) {
  HQ_ASSIGN_OR_RETURN(const std::string path, RepoPath(repo));
  HQ_ASSIGN_OR_RETURN(const json answer, api_.Ask("POST", path + "/issues",
                                                  {{"title", ValidUtf8(title, kTitleBytesMax)},
                                                   {"body", BoundedBody(body)},
                                                   {"labels", json::array({label})}}));
  const auto opened = IssueIn(answer);
  if (!opened.ok()) return absl::DeadlineExceededError(opened.status().message());
  return *opened;
}

Status MergeRefusal(const std::string& words, const std::string& mergeable_state, bool is_open) {
  if (!is_open) return absl::FailedPreconditionError("the pull request is closed");
  const bool is_passing = MentionsAny(
      words, {"Base branch was modified", "is expected", "in progress", "is pending", "is queued"});
  if (is_passing) return absl::UnavailableError(words);
  const bool is_forbidden = MentionsAny(words, {"not allowed", "not authorized"});
  const bool is_settled = mergeable_state == "dirty" || mergeable_state == "blocked" ||
                          mergeable_state == "draft" || mergeable_state == "behind";
  if (is_forbidden || is_settled)
    return absl::FailedPreconditionError(words + " (" + mergeable_state + ")");
  return absl::UnavailableError(words + " (" + mergeable_state + ")");
}

}  // namespace hq::sync
