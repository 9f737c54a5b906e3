#include "deploy/local/forge/rest/issues.hpp"

#include <algorithm>
#include <sstream>

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/labels.hpp"
#include "deploy/local/forge/rest/shapes.hpp"
#include "deploy/local/forge/state/refresh.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

bool HasLabels(const state::Issue& issue, const std::string& wanted) {
  std::istringstream names(wanted);
  for (std::string name; std::getline(names, name, ',');)
    if (std::find(issue.labels.begin(), issue.labels.end(), name) == issue.labels.end())
      return false;
  return true;
}

}  // namespace

Answer CreateIssue(Call& call) {
  state::Issue issue;
  HQ_ASSIGN_OR_RETURN(issue.title, Text(call, "title"));
  HQ_ASSIGN_OR_RETURN(issue.body, Text(call, "body"));
  if (issue.title.empty()) return InvalidField("Issue", "title", "missing_field");
  if (Has(call, "labels")) {
    HQ_ASSIGN_OR_RETURN(issue.labels, LabelNames(call.body["labels"]));
  }
  EnsureLabels(call, issue.labels);
  const state::Issue& created = AddIssue(call, std::move(issue));
  HQ_RETURN_IF_ERROR(call.repository().Save());
  call.audit = {{"number", created.number}};
  return Json(201, IssueShape(call, created));
}

Answer ListIssues(Call& call) {
  const std::string state = call.query.contains("state") ? call.query["state"] : "open";
  json shapes = json::array();
  const auto& issues = call.repository().state().issues;
  for (auto entry = issues.rbegin(); entry != issues.rend(); ++entry) {
    const state::Issue& issue = entry->second;
    const bool is_state = state == "all" || issue.is_open == (state == "open");
    if (is_state && HasLabels(issue, call.query["labels"]))
      shapes.push_back(IssueShape(call, issue));
  }
  return Page(call, shapes);
}

Answer GetIssue(Call& call) {
  HQ_ASSIGN_OR_RETURN(const state::Issue* issue, FindIssue(call));
  return Json(200, IssueShape(call, *issue));
}

Answer UpdateIssue(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindIssue(call));
  HQ_ASSIGN_OR_RETURN(const std::string title, Text(call, "title", issue->title));
  HQ_ASSIGN_OR_RETURN(const std::string body, Text(call, "body", issue->body));
  HQ_ASSIGN_OR_RETURN(const std::string wanted, Text(call, "state"));
  std::vector<std::string> labels = issue->labels;
  if (Has(call, "labels")) {
    HQ_ASSIGN_OR_RETURN(labels, LabelNames(call.body["labels"]));
  }
  if (!wanted.empty() && wanted != "open" && wanted != "closed")
    return InvalidField("Issue", "state", "invalid");
  // A pull request is reopened as a pull request, where its branches are looked at.
  if (issue->is_pull && !issue->is_open && wanted == "open")
    return CustomError("Issue", "state cannot be changed here. Reopen the pull request.");
  if (wanted == "closed" && issue->is_open) state::Close(call.now_ms, issue);
  if (wanted == "open") {
    issue->is_open = true;
    issue->closed_at_ms = 0;
  }
  issue->title = title;
  issue->body = body;
  issue->labels = labels;
  issue->updated_at_ms = call.now_ms;
  EnsureLabels(call, labels);
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(200, IssueShape(call, *issue));
}

Answer CreateComment(Call& call) {
  HQ_ASSIGN_OR_RETURN(state::Issue * issue, FindIssue(call));
  state::Comment comment;
  HQ_ASSIGN_OR_RETURN(comment.body, Text(call, "body"));
  if (comment.body.empty()) return InvalidField("IssueComment", "body", "missing_field");
  comment.id = ++call.repository().state().last_id;
  comment.login = call.principal.login;
  comment.created_at_ms = call.now_ms;
  issue->comments.push_back(comment);
  issue->updated_at_ms = call.now_ms;
  HQ_RETURN_IF_ERROR(call.repository().Save());
  return Json(201, CommentShape(call, issue->number, comment));
}

Answer ListComments(Call& call) {
  HQ_ASSIGN_OR_RETURN(const state::Issue* issue, FindIssue(call));
  json shapes = json::array();
  for (const auto& comment : issue->comments)
    shapes.push_back(CommentShape(call, issue->number, comment));
  return Page(call, shapes);
}

Result<state::Issue*> FindIssue(Call& call) {
  HQ_ASSIGN_OR_RETURN(const std::int64_t number, Number(call));
  auto& issues = call.repository().state().issues;
  const auto found = issues.find(number);
  if (found == issues.end()) return absl::NotFoundError("no such issue");
  return &found->second;
}

state::Issue& AddIssue(Call& call, state::Issue issue) {
  auto& state = call.repository().state();
  issue.number = ++state.last_number;
  issue.id = ++state.last_id;
  issue.login = call.principal.login;
  issue.created_at_ms = call.now_ms;
  issue.updated_at_ms = call.now_ms;
  const std::int64_t number = issue.number;
  return state.issues[number] = std::move(issue);
}

}  // namespace hq::forge::rest
