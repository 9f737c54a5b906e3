#include "deploy/local/forge/rest/pulls.hpp"

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/issues.hpp"
#include "deploy/local/forge/rest/mergeability.hpp"
#include "deploy/local/forge/rest/shapes.hpp"
#include "deploy/local/forge/state/refresh.hpp"

namespace hq::forge::rest {
namespace {

using http_server::Response;
using nlohmann::json;

constexpr char kResource[] = "PullRequest";

// "owner:branch" or "branch"; empty if the owner is another one (the forge has no forks).
std::string BranchOf(const Call& call, const std::string& head) {
  const auto colon = head.find(':');
  if (colon == std::string::npos) return head;
  const bool is_here = head.substr(0, colon) == call.repository().owner();
  return is_here ? head.substr(colon + 1) : std::string();
}

bool IsOpenBetween(const state::Issue& issue, const std::string& head, const std::string& base) {
  return issue.is_pull && issue.is_open && issue.pull.head_branch == head &&
         issue.pull.base_branch == base;
}

bool ExistsOpen(const Call& call, const std::string& head, const std::string& base) {
  for (const auto& [number, issue] : call.repository().state().issues)
    if (IsOpenBetween(issue, head, base)) return true;
  return false;
}

// Why there can be no pull request from `head` to `base`; nullopt, with the tips filled in, if
// there can.
Result<std::optional<Response>> Obstacle(const Call& call, state::Pull* pull) {
  const auto& git = call.repository().git();
  const auto base = git.BranchTip(pull->base_branch);
  if (!base.ok()) return InvalidField(kResource, "base", "invalid");
  const auto head = git.BranchTip(pull->head_branch);
  if (!head.ok()) return InvalidField(kResource, "head", "invalid");
  pull->base_sha = *base;
  pull->head_sha = *head;
  if (ExistsOpen(call, pull->head_branch, pull->base_branch))
    return CustomError(kResource, "A pull request already exists for " + call.repository().owner() +
                                      ":" + pull->head_branch + ".");
  HQ_ASSIGN_OR_RETURN(const auto compared, git.Compare(*base, *head));
  if (!compared.has_common_history)
    return CustomError(kResource, "The " + pull->head_branch +
                                      " branch has no history in common with " + pull->base_branch);
  if (compared.ahead == 0)
    return CustomError(kResource,
                       "No commits between " + pull->base_branch + " and " + pull->head_branch);
  return std::nullopt;
}

std::optional<Response> MissingPart(const Call& call) {
  std::string missing;
  for (const std::string field : {"base", "head"})
    if (!Has(call, field)) missing += (missing.empty() ? "\"" : ", \"") + field + "\"";
  const bool is_one = missing.find(',') == std::string::npos;
  if (!missing.empty())
    return Error(
        422, "Invalid request.\n\n" + missing + (is_one ? " wasn't" : " weren't") + " supplied.");
  if (!Has(call, "title")) return InvalidField(kResource, "title", "missing_field");
  return std::nullopt;
}

bool IsListed(const Call& call, const state::Issue& issue) {
  const auto wanted = [&call](const std::string& name, const std::string& fallback) {
    const auto found = call.query.find(name);
    return found == call.query.end() || found->second.empty() ? fallback : found->second;
  };
  const std::string state = wanted("state", "open");
  const std::string base = wanted("base", issue.pull.base_branch);
  const std::string head = BranchOf(call, wanted("head", issue.pull.head_branch));
  return issue.is_pull && (state == "all" || issue.is_open == (state == "open")) &&
         issue.pull.base_branch == base && issue.pull.head_branch == head;
}

// What a new state in the body asks for; an answer if it cannot be.
Result<std::optional<Response>> ChangeState(Call& call, const std::string& wanted,
                                            state::Issue* issue) {
  if (wanted.empty() || (wanted == "open") == issue->is_open) return std::nullopt;
  if (wanted != "open" && wanted != "closed") return InvalidField(kResource, "state", "invalid");
  if (wanted == "closed") {
    state::Close(call.now_ms, issue);
    return std::nullopt;
  }
  if (issue->is_merged()) return CustomError(kResource, "state cannot be changed. It was merged.");
  HQ_ASSIGN_OR_RETURN(auto obstacle, Obstacle(call, &issue->pull));
  if (obstacle) return obstacle;
  issue->is_open = true;
  issue->closed_at_ms = 0;
  issue->pull.examined_since_ms = call.now_ms;
  call.repository().state().head_first_seen_ms.emplace(issue->pull.head_sha, call.now_ms);
  return std::nullopt;
}

}  // namespace

Answer CreatePull(Call& call) {
  if (auto missing = MissingPart(call)) return *missing;
  state::Issue issue;
  issue.is_pull = true;
  HQ_ASSIGN_OR_RETURN(issue.title, Text(call, "title"));
  HQ_ASSIGN_OR_RETURN(issue.body, Text(call, "body"));
  HQ_ASSIGN_OR_RETURN(issue.pull.draft, Flag(call, "draft", false));
  HQ_ASSIGN_OR_RETURN(issue.pull.base_branch, Text(call, "base"));
  HQ_ASSIGN_OR_RETURN(const std::string head, Text(call, "head"));
  issue.pull.head_branch = BranchOf(call, head);
  call.audit = {{"head", head}, {"base", issue.pull.base_branch}};
  HQ_ASSIGN_OR_RETURN(const auto obstacle, Obstacle(call, &issue.pull));
  if (obstacle) return *obstacle;

  issue.pull.examined_since_ms = call.now_ms;
  auto& state = call.repository().state();
  state.head_first_seen_ms.emplace(issue.pull.head_sha, call.now_ms);
  const state::Issue& created = AddIssue(call, std::move(issue));
  HQ_RETURN_IF_ERROR(call.repository().Save());
  call.audit["number"] = created.number;
  call.audit["head_sha"] = created.pull.head_sha;
  HQ_ASSIGN_OR_RETURN(const json shape, FullPullShape(call, created));
  call.news = {{"action", "opened"}, {"number", created.number}, {"pull_request", shape}};
  return Json(201, shape);
}

Answer ListPulls(Call& call) {
  json shapes = json::array();
  const auto& issues = call.repository().state().issues;
  for (auto entry = issues.rbegin(); entry != issues.rend(); ++entry)
    if (IsListed(call, entry->second)) shapes.push_back(PullShape(call, entry->second));
  const auto direction = call.query.find("direction");
  if (direction != call.query.end() && direction->second == "asc")
    std::reverse(shapes.begin(), shapes.end());
  return Page(call, shapes);
}

Answer GetPull(Call& call) {
  HQ_ASSIGN_OR_RETURN(const state::Issue* issue, FindPull(call));
  HQ_ASSIGN_OR_RETURN(const json shape, FullPullShape(call, *issue));
  return Json(200, shape);
}

Answer UpdatePull(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindPull(call));
  HQ_ASSIGN_OR_RETURN(const std::string title, Text(call, "title", issue->title));
  HQ_ASSIGN_OR_RETURN(const std::string body, Text(call, "body", issue->body));
  HQ_ASSIGN_OR_RETURN(const std::string wanted, Text(call, "state"));
  const bool was_open = issue->is_open;
  HQ_ASSIGN_OR_RETURN(const auto refused, ChangeState(call, wanted, issue));
  if (refused) return *refused;
  issue->title = title;
  issue->body = body;
  issue->updated_at_ms = call.now_ms;
  HQ_RETURN_IF_ERROR(call.repository().Save());
  HQ_ASSIGN_OR_RETURN(const json shape, FullPullShape(call, *issue));
  if (was_open != issue->is_open)
    call.news = {{"action", issue->is_open ? "reopened" : "closed"},
                 {"number", issue->number},
                 {"pull_request", shape}};
  return Json(200, shape);
}

Result<state::Issue*> FindPull(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindIssue(call));
  if (!issue->is_pull) return absl::NotFoundError("not a pull request");
  return issue;
}

}  // namespace hq::forge::rest
