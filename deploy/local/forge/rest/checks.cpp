#include "deploy/local/forge/rest/checks.hpp"

#include <algorithm>

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/shapes.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

// What is wrong with the tree; empty if nothing is.
Result<std::string> Fault(const git::Repository& git, const std::string& sha) {
  HQ_ASSIGN_OR_RETURN(const auto files, git.ListFiles(sha));
  if (std::find(files.begin(), files.end(), "index.html") == files.end())
    return std::string("index.html is missing");
  for (const auto& file : files) {
    if (!file.ends_with(".json")) continue;
    HQ_ASSIGN_OR_RETURN(const std::string content, git.ReadFile(sha, file));
    if (!json::accept(content)) return file + " is not JSON";
  }
  return std::string();
}

json CheckRunShape(const Call& call, const std::string& sha, const CheckRun& check) {
  const std::string url =
      RepositoryUrl(call) + "/check-runs/" + std::to_string(check.started_at_ms);
  return {{"id", check.started_at_ms},
          {"node_id", "CR_" + sha},
          {"name", "site"},
          {"head_sha", sha},
          {"url", url},
          {"html_url", url},
          {"status", check.is_completed ? "completed" : "in_progress"},
          {"conclusion", !check.is_completed ? json(nullptr)
                         : check.is_success  ? json("success")
                                             : json("failure")},
          {"started_at", Time(check.started_at_ms)},
          {"completed_at", Time(check.completed_at_ms)},
          {"output",
           {{"title", check.is_completed ? json("site") : json(nullptr)},
            {"summary", check.is_completed ? json(check.summary) : json(nullptr)},
            {"annotations_count", 0}}},
          {"app", {{"id", 1}, {"slug", "forge-site"}, {"name", "site"}}},
          {"pull_requests", json::array()}};
}

}  // namespace

Result<CheckRun> SiteCheck(const Call& call, const std::string& sha) {
  const auto& seen = call.repository().state().head_first_seen_ms;
  const auto first_seen = seen.find(sha);
  CheckRun check;
  if (first_seen == seen.end()) return check;
  check.exists = true;
  check.started_at_ms = first_seen->second;
  const std::int64_t due_at_ms = first_seen->second + call.check_delay.count();
  if (call.now_ms < due_at_ms) return check;
  HQ_ASSIGN_OR_RETURN(const std::string fault, Fault(call.repository().git(), sha));
  check.is_completed = true;
  check.completed_at_ms = due_at_ms;
  check.is_success = fault.empty();
  check.summary = fault.empty() ? "The site can be published." : fault;
  return check;
}

Answer ListCheckRuns(Call& call) {
  const auto sha = call.repository().git().ResolveCommit(call.Parameter("ref"));
  if (!sha.ok()) return Error(422, "No commit found for SHA: " + call.Parameter("ref"));
  HQ_ASSIGN_OR_RETURN(const CheckRun check, SiteCheck(call, *sha));
  json runs = json::array();
  if (check.exists) runs.push_back(CheckRunShape(call, *sha, check));
  return Json(200, {{"total_count", runs.size()}, {"check_runs", runs}});
}

}  // namespace hq::forge::rest
