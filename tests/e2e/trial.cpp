#include "tests/e2e/trial.hpp"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/base/ids.hpp"
#include "deploy/local/house/files.hpp"

namespace hq::demo {
namespace {

constexpr int kKilled = 128 + 9;
constexpr int kToldTooEarly = 128 + 15;  // Told to stop before it listened to signals.
constexpr std::chrono::milliseconds kPoll(20);
constexpr std::chrono::seconds kStepPatience(300);

const std::map<std::string, runtime::Environment> kShortDelays = {
    {"forge", {{"HQ_FORGE_CHECK_DELAY_MS", "1"}, {"HQ_FORGE_DEPLOY_DELAY_MS", "1"}}},
    {"sync",
     {{"HQ_POLL_MS", "10"},
      {"HQ_PROBE_COUNT", "3"},
      {"HQ_PROBE_FAILURES", "2"},
      {"HQ_PROBE_INTERVAL_MS", "5"}}}};

// The franchise's files with the plot's cells alone.
Status WriteFranchise(const std::filesystem::path& folder, const std::vector<std::string>& ids) {
  const std::filesystem::path franchise = std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/hq";
  std::error_code error;
  std::filesystem::copy(franchise, folder, std::filesystem::copy_options::recursive, error);
  if (error) return absl::UnavailableError("cannot copy the franchise: " + error.message());
  const auto path = folder / "registry" / "branches.json";
  HQ_ASSIGN_OR_RETURN(const std::string text, house::ReadFile(path));
  auto registry = nlohmann::ordered_json::parse(text);
  auto cells = nlohmann::ordered_json::array();
  for (const auto& cell : registry["branches"])
    if (std::find(ids.begin(), ids.end(), cell["id"]) != ids.end()) cells.push_back(cell);
  registry["branches"] = cells;
  return house::WriteFile(path, registry.dump(2));
}

}  // namespace

Plot BadRelease() {
  return {"release-3", {"papafly", "koosy"}, "rollout_rolled_back", {"", "revert-"}};
}

Plot GoodRelease() { return {"release-1", Stage::Cells(), "rollout_completed", {""}}; }

Result<std::unique_ptr<Trial>> Trial::Begin(Plot plot) {
  std::unique_ptr<Trial> trial(new Trial(std::move(plot)));
  HQ_ASSIGN_OR_RETURN(trial->stage_,
                      Stage::Open(trial->directory_ / "house", HQ_BIN_DIR, kShortDelays));
  HQ_ASSIGN_OR_RETURN(trial->desk_, Desk::Open(*trial->stage_->house, "ann"));
  HQ_RETURN_IF_ERROR(trial->SetUp());
  // The first release changes more than the line by which the later ones differ.
  HQ_RETURN_IF_ERROR(trial->PlayUndisturbed().status());
  return trial;
}

Status Trial::SetUp() {
  const std::string franchise = directory_ / "franchise";
  HQ_RETURN_IF_ERROR(WriteFranchise(franchise, plot_.cells));
  HQ_RETURN_IF_ERROR(stage_->people->Look("ann", {"apply", franchise}).status());
  return stage_->people->Look("ann", {"release", "create", "--ref", "release-0"}).status();
}

Result<std::string> Trial::PlanOne() {
  const std::string branch = "trial-" + std::to_string(++number_);
  HQ_ASSIGN_OR_RETURN(
      const std::string style,
      stage_->repositories->Git("hq", {"show", plot_.source_ref + ":site/assets/hq.css"}));
  HQ_RETURN_IF_ERROR(stage_->repositories->CommitToHq(
      plot_.source_ref, branch, "site/assets/hq.css", style + "\n/* " + branch + " */\n"));
  HQ_ASSIGN_OR_RETURN(release_id_, desk_->CreateRelease(branch));
  return desk_->PlanRollout(release_id_);
}

Status Trial::LaunchSync() {
  fault_ = next_fault_();
  return stage_->house->Launch("sync", {{"HQ_FAULT", fault_}});
}

// True if sync had died and was started again.
Result<bool> Trial::ReviveSync() {
  if (stage_->house->IsRunning("sync")) return false;
  (void)stage_->house->Fallen();
  ++kills_;
  HQ_RETURN_IF_ERROR(LaunchSync());
  return true;
}

// Sync may die before it is ready: by the first record that it writes, of what its life before left
// half-done.
Status Trial::WaitReady() {
  for (;;) {
    const Status status = stage_->house->WaitReady(kStepPatience);
    if (status.ok()) return status;
    HQ_ASSIGN_OR_RETURN(const bool is_revived, ReviveSync());
    if (!is_revived) return status;
  }
}

// The command has an id, so whoever heard no answer sends it again.
Status Trial::Start(const std::string& rollout_id) {
  const std::string command_id = NewId();
  const auto give_up_at = std::chrono::steady_clock::now() + kStepPatience;
  for (;;) {
    const Status answer = desk_->StartRollout(rollout_id, command_id);
    if (answer.ok() || !absl::IsUnavailable(answer)) return answer;
    if (std::chrono::steady_clock::now() > give_up_at) return answer;
    HQ_RETURN_IF_ERROR(ReviveSync().status());
    HQ_RETURN_IF_ERROR(WaitReady());
  }
}

// Asks the ledger alone: sync may be dead, and hqctl costs more than the step it would wait for.
Status Trial::AwaitEnd(const std::string& rollout_id) {
  const auto give_up_at = std::chrono::steady_clock::now() + 3 * kStepPatience;
  ledger::v1::ReadStreamRequest request;
  request.set_stream("rollout-" + rollout_id);
  std::string last = "nothing";
  while (std::chrono::steady_clock::now() < give_up_at) {
    HQ_RETURN_IF_ERROR(ReviveSync().status());
    HQ_ASSIGN_OR_RETURN(const auto slice, stage_->ledger->ReadStream(request));
    if (!slice.records.empty()) last = slice.records.back().record.event();
    if (last == plot_.ending) return fault_.empty() ? absl::OkStatus() : EndSyncsLife();
    std::this_thread::sleep_for(kPoll);
  }
  return absl::DeadlineExceededError("the last of the rollout is " + last);
}

// The last record stands before sync has passed the point behind it: only how sync ends shows
// whether it was killed there. The life after it has no fault.
Status Trial::EndSyncsLife() {
  HQ_ASSIGN_OR_RETURN(const int code, stage_->house->Stop("sync"));
  (void)stage_->house->Fallen();
  if (code != 0 && code != kKilled && code != kToldTooEarly)
    return absl::InternalError("sync ended with exit code " + std::to_string(code));
  if (code == kKilled) ++kills_;
  return stage_->house->Launch("sync");
}

Result<Trial::Outcome> Trial::PlayUndisturbed() {
  return Play([] { return std::string(); });
}

Result<Trial::Outcome> Trial::Play(const NextFault& next_fault) {
  next_fault_ = next_fault;
  kills_ = 0;
  HQ_RETURN_IF_ERROR(WaitReady());  // The rollout before ended with a new life of sync.
  HQ_ASSIGN_OR_RETURN(const std::string rollout_id, PlanOne());
  HQ_ASSIGN_OR_RETURN(const Position before, stage_->LedgerHead());
  const std::size_t seen_requests = stage_->forge->All().size();
  std::map<std::string, std::string> heads;
  for (const std::string& cell : plot_.cells) heads[cell] = stage_->repositories->HeadOf(cell);

  HQ_RETURN_IF_ERROR(stage_->house->Kill("sync"));
  HQ_RETURN_IF_ERROR(LaunchSync());
  HQ_RETURN_IF_ERROR(WaitReady());
  HQ_RETURN_IF_ERROR(Start(rollout_id));
  HQ_RETURN_IF_ERROR(AwaitEnd(rollout_id));
  HQ_RETURN_IF_ERROR(CheckCells(heads, seen_requests));
  HQ_RETURN_IF_ERROR(CheckLocks());
  if (TakesBack()) HQ_RETURN_IF_ERROR(desk_->Unlock("koosy", "the next one"));

  HQ_ASSIGN_OR_RETURN(const auto records, stage_->RecordsAfter(before));
  Outcome outcome;
  HQ_ASSIGN_OR_RETURN(outcome.story, StoryOf(records));
  outcome.kills = kills_;
  for (const auto& [cell, head] : heads) {
    HQ_ASSIGN_OR_RETURN(const std::string change,
                        stage_->repositories->Git(cell, {"diff", "--no-color", head, "main"}));
    outcome.story["change of " + cell] = LinesOfChange(change);
  }
  return outcome;
}

// Whoever is told to stop before it listens to signals ends by the signal.
Status Trial::End() {
  HQ_RETURN_IF_ERROR(WaitReady());
  return stage_->house->StopAll();
}

Status Trial::CheckCells(const std::map<std::string, std::string>& heads,
                         std::size_t seen_requests) {
  for (const auto& [cell, head] : heads) {
    for (const std::string& part : plot_.head_parts) {
      const std::string topic = "hq/" + part + release_id_;
      const int pulls = stage_->forge->PullsOpened(cell, topic, seen_requests);
      if (pulls != 1)
        return absl::InternalError(
            absl::StrCat(cell, " got ", pulls, " pull requests from ", topic));
    }
    HQ_ASSIGN_OR_RETURN(const std::string merges,
                        stage_->repositories->Git(
                            cell, {"rev-list", "--count", "--first-parent", head + "..main"}));
    if (merges != std::to_string(plot_.head_parts.size()))
      return absl::InternalError(absl::StrCat(cell, " got ", merges, " merges"));
    if (TakesBack() &&
        stage_->repositories->Git(cell, {"rev-parse", head + "^{tree}"}).value_or("?") !=
            stage_->repositories->TreeOf(cell))
      return absl::InternalError(cell + " is not back at what it had");
  }
  return absl::OkStatus();
}

Status Trial::CheckLocks() {
  HQ_ASSIGN_OR_RETURN(const Position head, stage_->LedgerHead());
  HQ_ASSIGN_OR_RETURN(const auto answer, desk_->Cells(head));
  for (const auto& cell : answer.cells()) {
    const bool must_be_locked = TakesBack() && cell.entry().id() == "koosy";
    if (cell.locked() != must_be_locked)
      return absl::InternalError(cell.entry().id() + ": locked or not, it is wrong");
  }
  return absl::OkStatus();
}

}  // namespace hq::demo
