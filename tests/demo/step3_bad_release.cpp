// Step 3: release 3 is healthy on the canary and breaks koosy, whose own page uses a picture that
// it removes. It is halted, taken back by pull requests, never reaches the incubation cells, and is
// told to people and to whoever subscribes. Then an older release is taken back by hand.
#include <map>

#include "tests/demo/site_watch.hpp"
#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

const std::vector<std::string>& Incubation() {
  static const auto* cells = new std::vector<std::string>{"bari", "dalmoi", "haneul"};
  return *cells;
}

Status CheckRevertedByPulls(Stage& stage, const std::map<std::string, std::string>& trees,
                            std::size_t seen_requests) {
  const std::string release = stage.releases["release-3"];
  for (const std::string cell : {"koosy", "papafly"}) {
    const bool is_back = stage.repositories->TreeOf(cell) == trees.at(cell) &&
                         stage.forge->PullsOpened(cell, "hq/" + release, seen_requests) == 1 &&
                         stage.forge->PullsOpened(cell, "hq/revert-" + release, seen_requests) == 1;
    HQ_RETURN_IF_ERROR(
        stage.See(is_back, cell + " is back at what it had, by one revert pull request"));
  }
  bool is_untouched = true;
  for (const std::string& cell : Incubation())
    is_untouched = is_untouched && stage.forge->ChangesTo(cell, seen_requests).empty() &&
                   stage.repositories->TreeOf(cell) == trees.at(cell);
  return stage.See(is_untouched, "the incubation cells were never touched");
}

Status CheckTold(Stage& stage, const Subscriber& outsider) {
  HQ_RETURN_IF_ERROR(stage.Await("`deploy_failed` about koosy is in the Slack inbox", [&] {
    return stage.inbox->Count("slack/critical", {"deploy_failed", "koosy"}) == 1;
  }));
  return stage.Await("a plain NATS subscriber of hq.events.*.deploy_failed heard it", [&] {
    return outsider.HasHeard("koosy", "deploy_failed") && outsider.Heard().size() == 1;
  });
}

Status CheckLocked(Stage& stage) {
  HQ_ASSIGN_OR_RETURN(const auto answer, stage.people->Look("ann", {"cells"}));
  std::string locked;
  for (const auto& cell : answer["cells"])
    if (cell.value("locked", false)) locked += cell["entry"].value("id", "") + " ";
  return stage.See(locked == "koosy ", "koosy is locked, and it alone");
}

Status CheckQuarantined(Stage& stage) {
  constexpr int kRefused = 5;
  HQ_ASSIGN_OR_RETURN(const auto again,
                      stage.people->Type("ann", {"rollout", "plan", stage.releases["release-3"]}));
  return stage.See(again.exit_code == kRefused,
                   "release 3 cannot be planned again: " + again.reason());
}

// The record that release 2 came with, taken as the point to go back to.
Status TakeReleaseTwoBack(Stage& stage) {
  stage.narrator.Say(
      "headquarters thinks again about release 2, and names the record it began with");
  HQ_ASSIGN_OR_RETURN(const auto started,
                      stage.people->LookAtAll("auditor", {"ledger", "tail", "--last", "100",
                                                          "--event", "rollout_started"}));
  if (started.size() < 2) return stage.See(false, "the ledger has the starts of the rollouts");
  const auto& record = started[started.size() - 2];  // The last was release 3's.
  const std::string haneul = stage.repositories->HeadOf("haneul");
  HQ_ASSIGN_OR_RETURN(const auto answer,
                      stage.people->Do("ann", {"rollback", "--target", record.value("id", ""),
                                               "--reason", "the new promise was not agreed"}));
  for (const auto& rollout : answer["rollout_ids"])
    HQ_RETURN_IF_ERROR(stage.AwaitPhase(rollout.get<std::string>(), "ROLLED_BACK").status());
  HQ_RETURN_IF_ERROR(stage.Await("the four cells that took release 2 serve release 1 again", [&] {
    return stage.AllServe({"papafly", "koosy", "bari", "dalmoi"}, stage.releases["release-1"]);
  }));
  return stage.See(stage.repositories->HeadOf("haneul") == haneul,
                   "haneul, which never took it, is untouched");
}

}  // namespace

Status Step3(Stage& stage) {
  stage.narrator.Chapter("3. Release 3 is well on the canary and breaks koosy: halt and revert");
  HQ_ASSIGN_OR_RETURN(const auto outsider,
                      Subscriber::To("hq.events.*.deploy_failed", stage.NatsLogin("subscriber")));
  std::map<std::string, std::string> trees;
  for (const std::string& cell : stage.Cells()) trees[cell] = stage.repositories->TreeOf(cell);
  const std::size_t seen_requests = stage.forge->All().size();
  const SiteWatch koosy(*stage.sites, "koosy");
  const SiteWatch papafly(*stage.sites, "papafly");

  HQ_ASSIGN_OR_RETURN(const auto rollout, stage.RollOut("release-3"));
  HQ_RETURN_IF_ERROR(stage.See(koosy.has_failed() && !papafly.has_failed(),
                               "koosy's /health answered 500 for a while, papafly's never"));
  HQ_RETURN_IF_ERROR(
      stage.See(rollout.value("phase", "") == "ROLLED_BACK",
                "the rollout was halted and rolled back: " + rollout.value("why", "")));
  HQ_RETURN_IF_ERROR(CheckRevertedByPulls(stage, trees, seen_requests));
  HQ_RETURN_IF_ERROR(stage.See(stage.AllServe({"papafly", "koosy"}, stage.releases["release-2"]),
                               "papafly and koosy serve release 2 again and are well"));
  HQ_RETURN_IF_ERROR(CheckTold(stage, *outsider));
  HQ_RETURN_IF_ERROR(CheckLocked(stage));
  HQ_RETURN_IF_ERROR(CheckQuarantined(stage));
  return TakeReleaseTwoBack(stage);
}

}  // namespace hq::demo
