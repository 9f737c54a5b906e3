// Step 2: haneul has edited a line that release 2 changes. The cell wins: it is left as it is, its
// owner is told, and the others proceed.
#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

const char* const kCell = "haneul";

// The conflict's report at the forge, read as anybody with a token there would.
Result<nlohmann::json> OpenConflicts(Stage& stage) {
  HQ_ASSIGN_OR_RETURN(const std::string token, stage.house->TokenOf("forge-owner"));
  http::Request request;
  request.url = stage.house->UrlOf("forge") + "/repos/dtslib/" + kCell + "/issues?labels=conflict";
  request.headers = {{"Authorization", "Bearer " + token}};
  HQ_ASSIGN_OR_RETURN(const auto response, http::Client().Send(request));
  return nlohmann::json::parse(response.body, nullptr, false);
}

Status CheckTold(Stage& stage) {
  HQ_ASSIGN_OR_RETURN(const auto issues, OpenConflicts(stage));
  const bool is_reported = issues.is_array() && issues.size() == 1 &&
                           issues[0].value("body", "").find("index.html") != std::string::npos;
  HQ_RETURN_IF_ERROR(stage.See(
      is_reported, "haneul's repository has an issue labelled `conflict` that names index.html"));
  return stage.Await("haneul's owner was told in the cell's own channel", [&] {
    return stage.inbox->Count("webhook/kakao-haneul", {"conflict_detected"}) == 1;
  });
}

}  // namespace

Status Step2(Stage& stage) {
  stage.narrator.Chapter("2. A cell has edited the line that release 2 changes: the cell wins");
  const std::string head_before = stage.repositories->HeadOf(kCell);
  HQ_ASSIGN_OR_RETURN(const auto rollout, stage.RollOut("release-2"));
  const std::string release = stage.releases["release-2"];

  HQ_RETURN_IF_ERROR(
      stage.See(rollout.value("phase", "") == "COMPLETED" && PhaseOf(rollout, kCell) == "CONFLICT",
                "the rollout completed, with haneul as an exception"));
  HQ_RETURN_IF_ERROR(stage.See(stage.repositories->HeadOf(kCell) == head_before &&
                                   stage.forge->PullsOpened(kCell, "hq/" + release) == 0,
                               "haneul is untouched: no commit, no pull request"));
  HQ_RETURN_IF_ERROR(
      stage.See(stage.AllServe({kCell}, stage.releases["release-1"]) &&
                    stage.sites->Page(kCell, "/").find("하늘 아래에서") != std::string::npos,
                "haneul's site still serves release 1 and its own promise"));
  HQ_RETURN_IF_ERROR(stage.See(stage.AllServe({"papafly", "koosy", "bari", "dalmoi"}, release),
                               "the four others serve release 2 and are well"));
  return CheckTold(stage);
}

}  // namespace hq::demo
