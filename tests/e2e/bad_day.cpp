#include "tests/e2e/bad_day.hpp"

#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/ids.hpp"
#include "deploy/local/house/files.hpp"
#include "hq/ledger/v1/events.pb.h"

namespace hq::demo {
namespace {

constexpr int kUnavailable = 6;  // hqctl's exit code.
constexpr std::chrono::milliseconds kPoll(20);
constexpr std::chrono::seconds kPatience(60);

const std::map<std::string, house::Environment> kShortDelays = {
    {"forge", {{"HQ_FORGE_CHECK_DELAY_MS", "30"}, {"HQ_FORGE_DEPLOY_DELAY_MS", "30"}}},
    {"sync",
     {{"HQ_POLL_MS", "20"},
      {"HQ_PROBE_COUNT", "3"},
      {"HQ_PROBE_FAILURES", "2"},
      {"HQ_PROBE_INTERVAL_MS", "5"}}}};

// The franchise's files with the canary and koosy alone.
Status WriteSmallFranchise(const std::filesystem::path& folder) {
  const std::filesystem::path franchise = std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/hq";
  std::error_code error;
  std::filesystem::copy(franchise, folder, std::filesystem::copy_options::recursive, error);
  if (error) return absl::UnavailableError("cannot copy the franchise: " + error.message());
  const auto path = folder / "registry" / "branches.json";
  HQ_ASSIGN_OR_RETURN(const std::string text, house::ReadFile(path));
  auto registry = nlohmann::ordered_json::parse(text);
  auto cells = nlohmann::ordered_json::array();
  for (const auto& cell : registry["branches"])
    if (cell["id"] == "papafly" || cell["id"] == "koosy") cells.push_back(cell);
  registry["branches"] = cells;
  return house::WriteFile(path, registry.dump(2));
}

}  // namespace

Result<std::unique_ptr<BadDay>> BadDay::Begin() {
  std::unique_ptr<BadDay> day(new BadDay);
  HQ_ASSIGN_OR_RETURN(day->stage_,
                      Stage::Open(day->directory_ / "house", HQ_BIN_DIR, kShortDelays));
  HQ_RETURN_IF_ERROR(day->SetUp());
  return day;
}

Status BadDay::SetUp() {
  const std::string franchise = directory_ / "franchise";
  HQ_RETURN_IF_ERROR(WriteSmallFranchise(franchise));
  HQ_RETURN_IF_ERROR(stage_->people->Look("ann", {"apply", franchise}).status());
  return stage_->people->Look("ann", {"release", "create", "--ref", "release-0"}).status();
}

// Release 3, which breaks koosy, with a line of its own: a release that was never seen before.
Result<std::string> BadDay::PlanOne() {
  const std::string branch = "bad-" + std::to_string(++number_);
  const std::string style =
      stage_->repositories->Git("hq", {"show", "release-3:site/assets/hq.css"}).value_or("");
  HQ_RETURN_IF_ERROR(stage_->repositories->CommitToHq("release-3", branch, "site/assets/hq.css",
                                                      style + "\n/* " + branch + " */\n"));
  HQ_ASSIGN_OR_RETURN(const auto release,
                      stage_->people->Look("ann", {"release", "create", "--ref", branch}));
  release_id_ = release.value("release_id", "");
  HQ_ASSIGN_OR_RETURN(const auto planned,
                      stage_->people->Look("ann", {"rollout", "plan", release_id_}));
  return planned.value("rollout_id", "");
}

// True if sync was killed by it. The command has an id, so it may be sent again.
Result<bool> BadDay::Start(const std::string& rollout_id) {
  const Headquarters::Arguments start = {"--command-id", NewId(), "--timeout", "30",
                                         "rollout",      "start", rollout_id};
  HQ_ASSIGN_OR_RETURN(const auto first, stage_->people->Type("ann", start));
  if (first.exit_code == 0) return false;
  if (first.exit_code != kUnavailable || stage_->house->IsRunning("sync"))
    return absl::InternalError("the rollout cannot be started: " + first.errors);
  (void)stage_->house->Fallen();
  HQ_RETURN_IF_ERROR(stage_->house->Launch("sync"));
  HQ_RETURN_IF_ERROR(stage_->house->WaitReady(kPatience));
  HQ_RETURN_IF_ERROR(stage_->people->Do("ann", start).status());
  return true;
}

// Asks the ledger alone: sync may be dead, and hqctl costs more than the step it would wait for.
Result<bool> BadDay::AwaitEnd(const std::string& rollout_id, bool was_killed) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  ledger::v1::ReadStreamRequest request;
  request.set_stream("rollout-" + rollout_id);
  std::string last = "nothing";
  while (std::chrono::steady_clock::now() < give_up_at) {
    if (!stage_->house->IsRunning("sync")) {
      if (was_killed) return absl::InternalError("sync ended without being told to");
      was_killed = true;
      (void)stage_->house->Fallen();
      HQ_RETURN_IF_ERROR(stage_->house->Launch("sync"));
    }
    HQ_ASSIGN_OR_RETURN(const auto slice, stage_->ledger->ReadStream(request));
    if (!slice.records.empty()) last = slice.records.back().record.event();
    if (last == "rollout_rolled_back" && was_killed) return true;
    // The last record stands before sync has passed the point behind it: only how sync ends shows
    // whether it was killed there.
    if (last == "rollout_rolled_back") {
      HQ_ASSIGN_OR_RETURN(const int code, stage_->house->Stop("sync"));
      (void)stage_->house->Fallen();
      HQ_RETURN_IF_ERROR(stage_->house->Launch("sync"));
      constexpr int kKilled = 128 + 9;
      if (code != 0 && code != kKilled)
        return absl::InternalError("sync ended with exit code " + std::to_string(code));
      return code == kKilled;
    }
    std::this_thread::sleep_for(kPoll);
  }
  return absl::DeadlineExceededError("the last of the rollout is " + last);
}

Result<BadDay::Outcome> BadDay::Play(const std::string& fault) {
  HQ_ASSIGN_OR_RETURN(const std::string rollout_id, PlanOne());
  HQ_ASSIGN_OR_RETURN(const Position before, stage_->LedgerHead());
  const std::size_t seen_requests = stage_->forge->All().size();
  std::map<std::string, std::string> trees;
  for (const std::string cell : {"papafly", "koosy"})
    trees[cell] = stage_->repositories->TreeOf(cell);

  if (!fault.empty()) {
    HQ_RETURN_IF_ERROR(stage_->house->Kill("sync"));
    HQ_RETURN_IF_ERROR(stage_->house->Launch("sync", {{"HQ_FAULT", fault}}));
    HQ_RETURN_IF_ERROR(stage_->house->WaitReady(kPatience));
  }
  Outcome outcome;
  HQ_ASSIGN_OR_RETURN(outcome.was_killed, Start(rollout_id));
  HQ_ASSIGN_OR_RETURN(outcome.was_killed, AwaitEnd(rollout_id, outcome.was_killed));
  HQ_RETURN_IF_ERROR(CheckCells(trees, seen_requests));
  HQ_RETURN_IF_ERROR(
      stage_->people->Look("ann", {"unlock", "koosy", "--reason", "the next one"}).status());
  HQ_ASSIGN_OR_RETURN(outcome.story, StoryOf(rollout_id, before));
  return outcome;
}

Status BadDay::CheckCells(const std::map<std::string, std::string>& trees,
                          std::size_t seen_requests) {
  for (const auto& [cell, tree] : trees) {
    if (stage_->repositories->TreeOf(cell) != tree)
      return absl::InternalError(cell + " is not back at what it had");
    for (const std::string& head : {"hq/" + release_id_, "hq/revert-" + release_id_})
      if (const int pulls = stage_->forge->PullsOpened(cell, head, seen_requests); pulls != 1)
        return absl::InternalError(cell + " got " + std::to_string(pulls) + " pull requests from " +
                                   head);
  }
  HQ_ASSIGN_OR_RETURN(const Position head, stage_->LedgerHead());
  HQ_ASSIGN_OR_RETURN(const auto answer, stage_->people->Look("ann", {"cells", "--min-position",
                                                                      std::to_string(head)}));
  for (const auto& cell : answer["cells"])
    if (cell.value("locked", false) != (cell["entry"].value("id", "") == "koosy"))
      return absl::InternalError("not koosy alone is locked");
  return absl::OkStatus();
}

Result<Story> BadDay::StoryOf(const std::string& rollout_id, Position after) {
  HQ_ASSIGN_OR_RETURN(const auto records, stage_->RecordsAfter(after));
  Story story;
  std::map<std::string, std::string> last_of_effect;
  for (const Recorded& one : records) {
    const std::string category(CategoryOf(one.record.stream()));
    if (category == "sync_effect") {
      last_of_effect[one.record.stream()] = one.record.event();
    } else if (category != "delivery" && !one.record.stream().starts_with("entry")) {
      story[category + " of " + one.record.branch()].push_back(one.record.event());
    }
  }
  for (const auto& [stream, last] : last_of_effect)
    if (last != "effect_settled")
      return absl::InternalError("an effect of " + rollout_id + " ends with " + last);
  story["effects"] = {std::to_string(last_of_effect.size())};
  return story;
}

}  // namespace hq::demo
