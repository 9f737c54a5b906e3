#include "deploy/local/forge/rest/routes.hpp"

#include "deploy/local/forge/rest/checks.hpp"
#include "deploy/local/forge/rest/issues.hpp"
#include "deploy/local/forge/rest/labels.hpp"
#include "deploy/local/forge/rest/merging.hpp"
#include "deploy/local/forge/rest/pulls.hpp"
#include "deploy/local/forge/rest/repositories.hpp"
#include "deploy/local/forge/rest/statuses.hpp"

namespace hq::forge::rest {
namespace {

struct Entry {
  const char* method;
  // {x} is one segment; {x...} is one or more, because branch names contain slashes.
  const char* pattern;
  Answer (*handler)(Call&);
};

constexpr Entry kEntries[] = {
    {"GET", "/user", GetUser},
    {"GET", "/rate_limit", GetRateLimit},
    {"GET", "/repos/{owner}/{repo}", GetRepository},
    {"GET", "/repos/{owner}/{repo}/git/ref/heads/{branch...}", GetReference},
    {"DELETE", "/repos/{owner}/{repo}/git/refs/heads/{branch...}", DeleteReference},
    {"GET", "/repos/{owner}/{repo}/branches/{branch...}", GetBranch},
    {"POST", "/repos/{owner}/{repo}/pulls", CreatePull},
    {"GET", "/repos/{owner}/{repo}/pulls", ListPulls},
    {"GET", "/repos/{owner}/{repo}/pulls/{number}", GetPull},
    {"PATCH", "/repos/{owner}/{repo}/pulls/{number}", UpdatePull},
    {"PUT", "/repos/{owner}/{repo}/pulls/{number}/merge", MergePull},
    {"GET", "/repos/{owner}/{repo}/pulls/{number}/merge", IsMerged},
    {"POST", "/repos/{owner}/{repo}/labels", CreateLabel},
    {"GET", "/repos/{owner}/{repo}/labels", ListLabels},
    {"POST", "/repos/{owner}/{repo}/issues", CreateIssue},
    {"GET", "/repos/{owner}/{repo}/issues", ListIssues},
    {"GET", "/repos/{owner}/{repo}/issues/{number}", GetIssue},
    {"PATCH", "/repos/{owner}/{repo}/issues/{number}", UpdateIssue},
    {"POST", "/repos/{owner}/{repo}/issues/{number}/labels", AddIssueLabels},
    {"GET", "/repos/{owner}/{repo}/issues/{number}/labels", ListIssueLabels},
    {"DELETE", "/repos/{owner}/{repo}/issues/{number}/labels/{name}", RemoveIssueLabel},
    {"POST", "/repos/{owner}/{repo}/issues/{number}/comments", CreateComment},
    {"GET", "/repos/{owner}/{repo}/issues/{number}/comments", ListComments},
    {"POST", "/repos/{owner}/{repo}/statuses/{sha}", CreateStatus},
    {"GET", "/repos/{owner}/{repo}/commits/{ref...}/status", GetCombinedStatus},
    {"GET", "/repos/{owner}/{repo}/commits/{ref...}/statuses", ListStatuses},
    {"GET", "/repos/{owner}/{repo}/commits/{ref...}/check-runs", ListCheckRuns},
};

bool IsVariable(const std::string& segment) { return segment.starts_with("{"); }
bool IsLong(const std::string& segment) { return segment.ends_with("...}"); }

// The parameters, if the path fits. A pattern has at most one long variable.
std::optional<std::map<std::string, std::string>> Match(const std::vector<std::string>& pattern,
                                                        const std::vector<std::string>& path) {
  if (path.size() < pattern.size()) return std::nullopt;
  const std::size_t surplus = path.size() - pattern.size();
  std::map<std::string, std::string> parameters;
  std::size_t at = 0;
  for (const auto& part : pattern) {
    if (!IsVariable(part)) {
      if (path[at++] != part) return std::nullopt;
      continue;
    }
    const bool is_long = IsLong(part);
    const std::string name = part.substr(1, part.size() - (is_long ? 5 : 2));
    std::string value = path[at++];
    for (std::size_t i = 0; is_long && i < surplus; ++i) value += "/" + path[at++];
    if (value.empty()) return std::nullopt;
    parameters[name] = value;
  }
  if (at != path.size()) return std::nullopt;
  return parameters;
}

}  // namespace

std::optional<Route> FindRoute(const std::string& method,
                               const std::vector<std::string>& segments) {
  for (const auto& entry : kEntries) {
    if (method != entry.method) continue;
    auto parameters = Match(http_server::PathSegments(entry.pattern), segments);
    if (parameters) return Route{entry.handler, std::move(*parameters)};
  }
  return std::nullopt;
}

}  // namespace hq::forge::rest
