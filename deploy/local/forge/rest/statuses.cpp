#include "deploy/local/forge/rest/statuses.hpp"

#include <algorithm>
#include <map>

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/shapes.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

constexpr std::ptrdiff_t kDescriptionMax = 140;

// UTF-8 characters: every byte but continuations.
std::ptrdiff_t Characters(const std::string& text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; });
}

std::string Combined(const std::vector<state::CommitStatus>& statuses) {
  bool is_pending = statuses.empty();
  for (const auto& status : statuses) {
    if (status.state == "failure" || status.state == "error") return "failure";
    is_pending = is_pending || status.state == "pending";
  }
  return is_pending ? "pending" : "success";
}

}  // namespace

std::vector<state::CommitStatus> LatestStatuses(const state::RepositoryState& state,
                                                const std::string& sha) {
  std::map<std::string, state::CommitStatus> latest;
  const auto found = state.statuses.find(sha);
  if (found != state.statuses.end())
    for (const auto& status : found->second) latest[status.context] = status;
  std::vector<state::CommitStatus> statuses;
  for (auto& [context, status] : latest) statuses.push_back(std::move(status));
  return statuses;
}

Answer CreateStatus(Call& call) {
  constexpr std::size_t kPerCommitMax = 1000;
  const std::string sha = call.Parameter("sha");
  if (!call.repository().git().FindCommit(sha).ok())
    return Error(422, "No commit found for SHA: " + sha);
  state::CommitStatus status;
  HQ_ASSIGN_OR_RETURN(status.state, Text(call, "state"));
  HQ_ASSIGN_OR_RETURN(status.context, Text(call, "context", "default"));
  HQ_ASSIGN_OR_RETURN(status.description, Text(call, "description"));
  HQ_ASSIGN_OR_RETURN(status.target_url, Text(call, "target_url"));
  const bool is_known = status.state == "error" || status.state == "failure" ||
                        status.state == "pending" || status.state == "success";
  if (!is_known) return InvalidField("Status", "state", "invalid");
  if (Characters(status.description) > kDescriptionMax)
    return CustomError("Status", "description is too long (maximum is 140 characters)");
  auto& statuses = call.repository().state().statuses[sha];
  if (statuses.size() >= kPerCommitMax)
    return CustomError("Status",
                       "This SHA and context has reached the maximum number of statuses.");
  status.id = ++call.repository().state().last_id;
  status.login = call.principal.login;
  status.created_at_ms = call.now_ms;
  statuses.push_back(status);
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(201, StatusShape(call, sha, status));
}

Answer GetCombinedStatus(Call& call) {
  HQ_ASSIGN_OR_RETURN(const std::string sha,
                      call.repository().git().ResolveCommit(call.Parameter("ref")));
  const auto latest = LatestStatuses(call.repository().state(), sha);
  json shapes = json::array();
  for (const auto& status : latest) shapes.push_back(StatusShape(call, sha, status));
  return Json(200, {{"state", Combined(latest)},
                    {"sha", sha},
                    {"total_count", latest.size()},
                    {"statuses", shapes},
                    {"url", RepositoryUrl(call) + "/commits/" + sha + "/status"}});
}

Answer ListStatuses(Call& call) {
  HQ_ASSIGN_OR_RETURN(const std::string sha,
                      call.repository().git().ResolveCommit(call.Parameter("ref")));
  const auto& all = call.repository().state().statuses;
  json shapes = json::array();
  if (const auto found = all.find(sha); found != all.end())
    for (auto status = found->second.rbegin(); status != found->second.rend(); ++status)
      shapes.push_back(StatusShape(call, sha, *status));
  return Page(call, shapes);
}

}  // namespace hq::forge::rest
