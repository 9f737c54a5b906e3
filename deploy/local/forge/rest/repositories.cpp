#include "deploy/local/forge/rest/repositories.hpp"

#include "deploy/local/forge/rest/answers.hpp"
#include "deploy/local/forge/rest/shapes.hpp"

namespace hq::forge::rest {
namespace {

using nlohmann::json;

// The branches that HQ may delete; the owner may delete all but the default branch.
bool IsTopicBranch(const std::string& branch) { return branch.starts_with("hq/"); }

}  // namespace

Answer GetRepository(Call& call) {
  HQ_ASSIGN_OR_RETURN(const std::string branch, call.repository().git().DefaultBranch());
  return Json(200, RepositoryShape(call, branch));
}

Answer GetReference(Call& call) {
  const std::string branch = call.Parameter("branch");
  HQ_ASSIGN_OR_RETURN(const std::string tip, call.repository().git().BranchTip(branch));
  return Json(
      200,
      {{"ref", "refs/heads/" + branch},
       {"node_id", "REF_" + branch},
       {"url", RepositoryUrl(call) + "/git/refs/heads/" + branch},
       {"object",
        {{"sha", tip}, {"type", "commit"}, {"url", RepositoryUrl(call) + "/git/commits/" + tip}}}});
}

Answer GetBranch(Call& call) {
  const std::string branch = call.Parameter("branch");
  const auto& git = call.repository().git();
  const auto tip = git.BranchTip(branch);
  if (!tip.ok()) return Error(404, "Branch not found");
  HQ_ASSIGN_OR_RETURN(const std::string message, git.Message(*tip));
  HQ_ASSIGN_OR_RETURN(const std::string tree, git.TreeId(*tip));
  return Json(200, {{"name", branch},
                    {"commit",
                     {{"sha", *tip},
                      {"url", RepositoryUrl(call) + "/commits/" + *tip},
                      {"commit", {{"message", message}, {"tree", {{"sha", tree}}}}}}},
                    {"protected", !IsTopicBranch(branch)}});
}

Answer DeleteReference(Call& call) {
  const std::string branch = call.Parameter("branch");
  auto& git = call.repository().git();
  HQ_ASSIGN_OR_RETURN(const std::string default_branch, git.DefaultBranch());
  if (!git.BranchTip(branch).ok()) return Error(422, "Reference does not exist");
  if (branch == default_branch) return Error(422, "Cannot delete the default branch");
  if (!call.principal.is_owner && !IsTopicBranch(branch))
    return Error(403, "Resource not accessible by integration");
  HQ_RETURN_IF_ERROR(git.DeleteBranch(branch));
  return NoContent();
}

Answer GetUser(Call& call) {
  const std::string login = call.principal.login;
  const bool is_bot = login.ends_with("[bot]");
  return Json(200, {{"login", login},
                    {"id", is_bot ? 1 : 2},
                    {"node_id", "U_" + login},
                    {"type", is_bot ? "Bot" : "User"},
                    {"site_admin", false}});
}

Answer GetRateLimit(Call& call) {
  constexpr int kLimit = 5000;
  constexpr std::int64_t kHourS = 3600;
  const json core = {{"limit", kLimit},
                     {"used", 0},
                     {"remaining", kLimit},
                     {"reset", call.now_ms / 1000 + kHourS}};
  return Json(200, {{"resources", {{"core", core}}}, {"rate", core}});
}

}  // namespace hq::forge::rest
