#include "deploy/local/forge/rest/shapes.hpp"

#include "deploy/local/forge/rest/answers.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

std::string NodeId(const std::string& kind, const Call& call, std::int64_t id) {
  return kind + "_" + call.repository().owner() + "_" + call.repository().name() + "_" +
         std::to_string(id);
}

json OptionalText(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json LabelShapes(const Call& call, const state::Issue& issue) {
  json shapes = json::array();
  for (const auto& name : issue.labels) {
    const auto& labels = call.repository().state().labels;
    const auto found = labels.find(name);
    if (found != labels.end()) shapes.push_back(LabelShape(call, found->second));
  }
  return shapes;
}

// What issues and pull requests have in common.
json CommonShape(const Call& call, const state::Issue& issue) {
  return {{"id", issue.id},
          {"number", issue.number},
          {"state", issue.is_open ? "open" : "closed"},
          {"locked", false},
          {"active_lock_reason", nullptr},
          {"title", issue.title},
          {"body", OptionalText(issue.body)},
          {"user", UserShape(call, issue.login)},
          {"labels", LabelShapes(call, issue)},
          {"assignee", nullptr},
          {"assignees", json::array()},
          {"milestone", nullptr},
          {"author_association", "COLLABORATOR"},
          {"created_at", Time(issue.created_at_ms)},
          {"updated_at", Time(issue.updated_at_ms)},
          {"closed_at", Time(issue.closed_at_ms)}};
}

json EndShape(const Call& call, const std::string& branch, const std::string& sha) {
  const auto& repository = call.repository();
  return {{"label", repository.owner() + ":" + branch},
          {"ref", branch},
          {"sha", sha},
          {"user", UserShape(call, repository.owner())},
          {"repo", RepositoryShape(call, repository.git().DefaultBranch().value_or("main"))}};
}

}  // namespace

std::string RepositoryUrl(const Call& call) {
  return call.base_url + "/repos/" + call.repository().full_name();
}

json UserShape(const Call& call, const std::string& login) {
  const bool is_bot = login.ends_with("[bot]");
  return {{"login", login},
          {"id", is_bot ? 1 : 2},
          {"node_id", "U_" + login},
          {"url", call.base_url + "/users/" + login},
          {"html_url", call.base_url + "/" + login},
          {"type", is_bot ? "Bot" : "User"},
          {"site_admin", false}};
}

json RepositoryShape(const Call& call, const std::string& default_branch) {
  const auto& repository = call.repository();
  const std::string html_url = call.base_url + "/" + repository.full_name();
  return {{"id", std::hash<std::string>()(repository.full_name()) & 0x7fffffff},
          {"node_id", "R_" + repository.owner() + "_" + repository.name()},
          {"name", repository.name()},
          {"full_name", repository.full_name()},
          {"private", false},
          {"archived", false},
          {"disabled", false},
          {"fork", false},
          {"owner", UserShape(call, repository.owner())},
          {"url", RepositoryUrl(call)},
          {"html_url", html_url},
          {"clone_url", html_url + ".git"},
          {"git_url", html_url + ".git"},
          {"default_branch", default_branch},
          {"visibility", "public"},
          {"has_pages", true},
          {"homepage", call.base_url + "/sites/" + repository.full_name() + "/"},
          {"allow_merge_commit", true},
          {"allow_squash_merge", true},
          {"allow_rebase_merge", true},
          {"delete_branch_on_merge", false},
          {"permissions", {{"admin", call.principal.is_owner}, {"push", true}, {"pull", true}}}};
}

json LabelShape(const Call& call, const state::Label& label) {
  return {{"id", label.id},
          {"node_id", NodeId("LA", call, label.id)},
          {"url", RepositoryUrl(call) + "/labels/" + http_server::PercentEncode(label.name)},
          {"name", label.name},
          {"color", label.color},
          {"default", false},
          {"description", OptionalText(label.description)}};
}

json CommentShape(const Call& call, std::int64_t issue, const state::Comment& comment) {
  const std::string id = std::to_string(comment.id);
  return {{"id", comment.id},
          {"node_id", NodeId("IC", call, comment.id)},
          {"url", RepositoryUrl(call) + "/issues/comments/" + id},
          {"html_url", call.base_url + "/" + call.repository().full_name() + "/issues/" +
                           std::to_string(issue) + "#issuecomment-" + id},
          {"issue_url", RepositoryUrl(call) + "/issues/" + std::to_string(issue)},
          {"body", comment.body},
          {"user", UserShape(call, comment.login)},
          {"author_association", "COLLABORATOR"},
          {"created_at", Time(comment.created_at_ms)},
          {"updated_at", Time(comment.created_at_ms)}};
}

json StatusShape(const Call& call, const std::string& sha, const state::CommitStatus& status) {
  return {{"id", status.id},
          {"node_id", NodeId("SC", call, status.id)},
          {"url", RepositoryUrl(call) + "/statuses/" + sha},
          {"state", status.state},
          {"context", status.context},
          {"description", OptionalText(status.description)},
          {"target_url", OptionalText(status.target_url)},
          {"creator", UserShape(call, status.login)},
          {"created_at", Time(status.created_at_ms)},
          {"updated_at", Time(status.created_at_ms)}};
}

json IssueShape(const Call& call, const state::Issue& issue) {
  const std::string number = std::to_string(issue.number);
  const std::string kind = issue.is_pull ? "/pull/" : "/issues/";
  const std::string html_url = call.base_url + "/" + call.repository().full_name() + kind + number;
  const std::string url = RepositoryUrl(call) + "/issues/" + number;
  json shape = CommonShape(call, issue);
  shape.update({{"node_id", NodeId("I", call, issue.id)},
                {"url", url},
                {"html_url", html_url},
                {"repository_url", RepositoryUrl(call)},
                {"labels_url", url + "/labels{/name}"},
                {"comments_url", url + "/comments"},
                {"comments", issue.comments.size()},
                {"state_reason", issue.is_open ? json(nullptr) : json("completed")}});
  if (issue.is_pull)
    shape["pull_request"] = {{"url", RepositoryUrl(call) + "/pulls/" + number},
                             {"html_url", html_url},
                             {"merged_at", Time(issue.pull.merged_at_ms)}};
  return shape;
}

json PullShape(const Call& call, const state::Issue& issue) {
  const auto& pull = issue.pull;
  const std::string number = std::to_string(issue.number);
  const std::string url = RepositoryUrl(call) + "/pulls/" + number;
  const std::string html_url =
      call.base_url + "/" + call.repository().full_name() + "/pull/" + number;
  json shape = CommonShape(call, issue);
  shape.update({{"node_id", NodeId("PR", call, issue.id)},
                {"url", url},
                {"html_url", html_url},
                {"issue_url", RepositoryUrl(call) + "/issues/" + number},
                {"commits_url", url + "/commits"},
                {"comments_url", RepositoryUrl(call) + "/issues/" + number + "/comments"},
                {"statuses_url", RepositoryUrl(call) + "/statuses/" + pull.head_sha},
                {"draft", pull.draft},
                {"head", EndShape(call, pull.head_branch, pull.head_sha)},
                {"base", EndShape(call, pull.base_branch, pull.base_sha)},
                {"merge_commit_sha", OptionalText(pull.merge_commit_sha)},
                {"merged_at", Time(pull.merged_at_ms)},
                {"auto_merge", nullptr},
                {"requested_reviewers", json::array()},
                {"requested_teams", json::array()},
                {"_links",
                 {{"self", {{"href", url}}},
                  {"html", {{"href", html_url}}},
                  {"statuses", {{"href", RepositoryUrl(call) + "/statuses/" + pull.head_sha}}}}}});
  return shape;
}

}  // namespace hq::forge::rest
