// Step 6: in the middle of a rollout every service, and nats-server, is killed with SIGKILL, each
// at another moment on each run, and started again. The rollout ends as if nothing had been.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "tests/demo/busy_worker.hpp"
#include "tests/demo/steps.hpp"

namespace hq::demo {
namespace {

constexpr std::chrono::seconds kPatience(300);

struct Kill {
  std::size_t after_requests = 0;  // When the forge has been asked so often since the start.
  std::string victim;
};

// The forge's requests measure how far the rollout is, from outside and whoever is dead.
std::vector<Kill> DrawKills(std::uint32_t seed) {
  constexpr std::size_t kFirst = 4;
  constexpr std::size_t kLast = 90;
  std::mt19937 random(seed);
  std::vector<std::string> victims = {"ledger",  "sync", "decision", "notify",
                                      "billing", "nats", "sync"};
  std::shuffle(victims.begin(), victims.end(), random);
  std::uniform_int_distribution<std::size_t> moment(kFirst, kLast);
  std::vector<Kill> kills;
  for (const std::string& victim : victims) kills.push_back({moment(random), victim});
  std::sort(kills.begin(), kills.end(),
            [](const Kill& a, const Kill& b) { return a.after_requests < b.after_requests; });
  return kills;
}

bool IsOver(Stage& stage, const std::string& rollout_id) {
  const auto rollout = stage.Rollout(rollout_id);
  return rollout.ok() && rollout->value("phase", "") == "COMPLETED";
}

Status KillInTheMiddle(Stage& stage, const std::string& rollout_id, std::uint32_t seed) {
  constexpr std::chrono::milliseconds kPoll(5);
  const std::size_t begun_at = stage.forge->All().size();
  for (const Kill& kill : DrawKills(seed)) {
    const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
    std::size_t requests = 0;
    while ((requests = stage.forge->All(begun_at).size()) < kill.after_requests) {
      if (std::chrono::steady_clock::now() > give_up_at)
        return absl::DeadlineExceededError("the rollout does not get on");
      std::this_thread::sleep_for(kPoll);
    }
    HQ_RETURN_IF_ERROR(stage.house->Kill(kill.victim));
    stage.narrator.Say("after " + std::to_string(requests) +
                       " requests to the forge: " + kill.victim + " is killed, and started again");
    HQ_RETURN_IF_ERROR(stage.house->Launch(kill.victim));
  }
  return stage.See(!IsOver(stage, rollout_id), "all of that was in the middle of the rollout");
}

// Reads the whole ledger: every position once, every link right, and nothing that was there before
// or was promised since is missing.
Status CheckLedger(Stage& stage, const std::vector<Recorded>& before,
                   const std::vector<std::string>& promised) {
  HQ_ASSIGN_OR_RETURN(const auto records, stage.RecordsAfter(0));
  std::string hash = ZeroHash();
  Position position = 0;
  std::map<std::string, int> ids;
  for (const Recorded& one : records) {
    const bool is_next = one.record.position() == ++position && one.record.previous_hash() == hash;
    if (!is_next) return stage.See(false, "the chain holds at " + std::to_string(position));
    hash = LeafHash(one.bytes);
    ++ids[one.record.id()];
  }
  HQ_RETURN_IF_ERROR(stage.See(true, "the ledger has " + std::to_string(records.size()) +
                                         " records without a gap, and every hash link holds"));
  const bool is_kept =
      records.size() >= before.size() &&
      std::equal(before.begin(), before.end(), records.begin(),
                 [](const Recorded& a, const Recorded& b) { return a.bytes == b.bytes; });
  HQ_RETURN_IF_ERROR(stage.See(is_kept, "what was on it before is there, byte for byte"));
  const bool is_promise_kept =
      std::all_of(promised.begin(), promised.end(), [&](const auto& id) { return ids[id] == 1; });
  return stage.See(is_promise_kept && !promised.empty(),
                   "all " + std::to_string(promised.size()) +
                       " entries that it acknowledged meanwhile are there, once each");
}

Status CheckCells(Stage& stage, const std::string& release,
                  const std::map<std::string, std::string>& heads, std::size_t seen_requests) {
  bool is_once = true;
  for (const std::string& cell : stage.Cells())
    is_once = is_once && stage.forge->PullsOpened(cell, "hq/" + release, seen_requests) == 1 &&
              stage.repositories->CountSince(cell, heads.at(cell), release) == 1;
  HQ_RETURN_IF_ERROR(stage.See(
      is_once, "the forge opened one pull request in each cell, and each has one merge of it"));
  return stage.See(stage.AllServe(stage.Cells(), release), "five sites serve it and are well");
}

}  // namespace

Status Step6(Stage& stage) {
  stage.narrator.Chapter("6. Every service and nats-server is killed in the middle of a rollout");
  const std::uint32_t seed = std::random_device()();
  stage.narrator.Say("the moments are drawn with the seed " + std::to_string(seed));
  const std::string style = stage.repositories->FileOf("hq", "site/assets/hq.css");
  HQ_RETURN_IF_ERROR(stage.repositories->CommitToHq("main", "main", "site/assets/hq.css",
                                                    style + "\n.shop li { margin: 0.4rem 0; }\n"));
  HQ_ASSIGN_OR_RETURN(const std::string rollout_id, stage.Plan("main"));
  const std::string release = stage.releases["main"];
  std::map<std::string, std::string> heads;
  for (const std::string& cell : stage.Cells()) heads[cell] = stage.repositories->HeadOf(cell);
  const std::size_t seen_requests = stage.forge->All().size();
  HQ_ASSIGN_OR_RETURN(const auto before, stage.RecordsAfter(0));
  HQ_ASSIGN_OR_RETURN(const std::string token, stage.house->TokenOf("worker-1"));
  BusyWorker worker(stage.house->AddressOf("ledger"), token, "bari");

  HQ_RETURN_IF_ERROR(stage.people->Do("ann", {"rollout", "start", rollout_id}).status());
  HQ_RETURN_IF_ERROR(KillInTheMiddle(stage, rollout_id, seed));
  HQ_RETURN_IF_ERROR(stage.AwaitPhase(rollout_id, "COMPLETED").status());
  HQ_RETURN_IF_ERROR(stage.See(true, "the rollout completed all the same"));
  const auto promised = worker.Finish();
  HQ_RETURN_IF_ERROR(CheckCells(stage, release, heads, seen_requests));
  return CheckLedger(stage, before, promised);
}

}  // namespace hq::demo
