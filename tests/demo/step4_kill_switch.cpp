// Step 4: the kill switch. On: a rollout is refused, and a running one makes no further attempt.
// Off needs a second person; then the rollout goes on, when told to.
#include <algorithm>
#include <set>

#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

constexpr int kRefused = 5;

Status CheckRefusedStart(Stage& stage, const std::string& rollout_id) {
  HQ_RETURN_IF_ERROR(
      stage.people->Do("ann", {"kill-switch", "on", "--reason", "odd traffic"}).status());
  const std::size_t seen_requests = stage.forge->All().size();
  HQ_ASSIGN_OR_RETURN(const auto start,
                      stage.people->Type("ann", {"rollout", "start", rollout_id}));
  HQ_RETURN_IF_ERROR(
      stage.See(start.exit_code == kRefused, "the start is refused: " + start.reason()));
  bool is_still = true;
  for (const std::string& cell : stage.Cells())
    is_still = is_still && stage.forge->ChangesTo(cell, seen_requests).empty();
  HQ_RETURN_IF_ERROR(stage.See(is_still, "no cell was touched"));
  return stage.Await("`kill_switch_activated` is in the Slack inbox", [&] {
    return stage.inbox->Count("slack/critical", {"kill_switch_activated"}) == 1;
  });
}

Status ReleaseByTwo(Stage& stage) {
  const Headquarters::Arguments off = {"kill-switch", "off", "--reason", "traffic is explained"};
  HQ_ASSIGN_OR_RETURN(const auto alone, stage.people->Type("ann", off));
  HQ_RETURN_IF_ERROR(
      stage.See(alone.exit_code != 0, "who engaged it cannot release it alone: " + alone.reason()));
  return stage.people->Do("bob", off).status();
}

// Attempts that entered after the switch's record and before its release.
Status CheckNoAttempts(Stage& stage, Position engaged_at) {
  HQ_ASSIGN_OR_RETURN(const auto records, stage.RecordsAfter(engaged_at));
  const bool has_attempt = std::any_of(records.begin(), records.end(), [](const Recorded& one) {
    return one.record.event() == "effect_attempted" &&
           one.record.stream().starts_with("sync_effect-");
  });
  return stage.See(!has_attempt, "after the switch's record the ledger has no attempt");
}

// Nothing but the calls that the answer lists as on the wire may still change a cell.
Status CheckStill(Stage& stage, const nlohmann::json& answer, std::size_t seen_requests) {
  const auto in_flight = answer.value("in_flight", nlohmann::json::array());
  std::set<std::string> still_on_the_wire;
  for (const auto& attempt : in_flight) still_on_the_wire.insert(attempt.value("branch", ""));
  bool is_still = true;
  for (const std::string& cell : stage.Cells())
    is_still = is_still && (still_on_the_wire.contains(cell) ||
                            stage.forge->ChangesTo(cell, seen_requests).empty());
  return stage.See(is_still, "the answer listed " + std::to_string(in_flight.size()) +
                                 " calls on the wire, and the forge saw no other change");
}

Status StopInTheMiddle(Stage& stage, const std::string& rollout_id) {
  HQ_RETURN_IF_ERROR(stage.people->Do("ann", {"rollout", "start", rollout_id}).status());
  const std::string release = stage.releases["release-4"];
  HQ_RETURN_IF_ERROR(stage.Await("the rollout is under way: the canary serves release 4",
                                 [&] { return stage.sites->ReleaseOf("papafly") == release; }));
  HQ_ASSIGN_OR_RETURN(const auto answer, stage.people->Do("ann", {"kill-switch", "on", "--reason",
                                                                  "odd traffic again"}));
  const std::size_t seen_requests = stage.forge->All().size();
  const Position engaged_at = std::stoull(answer.value("position", "0"));
  HQ_ASSIGN_OR_RETURN(const auto paused, stage.AwaitPhase(rollout_id, "PAUSED"));
  HQ_RETURN_IF_ERROR(
      stage.See(true, "the running rollout stands still: " + paused.value("why", "")));
  HQ_RETURN_IF_ERROR(CheckNoAttempts(stage, engaged_at));
  return CheckStill(stage, answer, seen_requests);
}

}  // namespace

Status Step4(Stage& stage) {
  stage.narrator.Chapter("4. The kill switch: nothing new enters, and off takes a second person");
  HQ_RETURN_IF_ERROR(
      stage.people->Do("ann", {"unlock", "koosy", "--reason", "its page was looked at"}).status());
  HQ_ASSIGN_OR_RETURN(const std::string rollout_id, stage.Plan("release-4"));
  HQ_RETURN_IF_ERROR(CheckRefusedStart(stage, rollout_id));
  HQ_RETURN_IF_ERROR(ReleaseByTwo(stage));
  HQ_RETURN_IF_ERROR(StopInTheMiddle(stage, rollout_id));
  HQ_RETURN_IF_ERROR(ReleaseByTwo(stage));

  HQ_ASSIGN_OR_RETURN(const auto waiting, stage.Rollout(rollout_id));
  HQ_RETURN_IF_ERROR(stage.See(waiting.value("phase", "") == "PAUSED",
                               "the switch is off, and the rollout waits to be told"));
  HQ_RETURN_IF_ERROR(
      stage.people->Do("ann", {"rollout", "resume", rollout_id, "--reason", "all clear"}).status());
  HQ_RETURN_IF_ERROR(stage.AwaitPhase(rollout_id, "COMPLETED").status());
  return stage.See(stage.AllServe(stage.Cells(), stage.releases["release-4"]),
                   "told to, it went on: five sites serve release 4 and are well");
}

}  // namespace hq::demo
