#include "tests/demo/stage.hpp"

#include <algorithm>
#include <thread>

namespace hq::demo {
namespace {

constexpr std::chrono::seconds kReadyPatience(300);
constexpr std::chrono::seconds kPatience(300);
constexpr std::chrono::milliseconds kPoll(50);

// "ROLLOUT_PHASE_COMPLETED" is "COMPLETED".
std::string PlainPhase(const nlohmann::json& holder, const std::string& prefix) {
  const std::string phase = holder.value("phase", "");
  return phase.starts_with(prefix) ? phase.substr(prefix.size()) : phase;
}

}  // namespace

Result<std::unique_ptr<Stage>> Stage::Open(
    const std::filesystem::path& directory, const std::filesystem::path& bin,
    const std::map<std::string, runtime::Environment>& extra) {
  std::unique_ptr<Stage> stage(new Stage);
  house::HouseOptions options;
  options.directory = directory;
  options.bin = bin;
  options.extra = extra;
  HQ_ASSIGN_OR_RETURN(stage->house, house::House::Start(options));
  house::House& house = *stage->house;
  HQ_RETURN_IF_ERROR(house.WaitReady(kReadyPatience));
  stage->people = std::make_unique<Headquarters>(house, stage->narrator);
  stage->repositories = std::make_unique<Repositories>(house);
  stage->sites = std::make_unique<Sites>(house);
  stage->forge = std::make_unique<ForgeRequests>(house);
  stage->inbox = std::make_unique<InboxReader>(house);
  HQ_ASSIGN_OR_RETURN(const std::string token, house.TokenOf("auditor"));
  stage->ledger = std::make_unique<ledger::LedgerClient>(house.AddressOf("ledger"), token);
  return stage;
}

Status Stage::See(bool is_so, const std::string& fact) {
  if (!is_so) return absl::InternalError("this was not seen: " + fact);
  narrator.Seen(fact);
  return absl::OkStatus();
}

Status Stage::Await(const std::string& fact, const std::function<bool()>& is_so) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > give_up_at) return See(false, fact);
    std::this_thread::sleep_for(kPoll);
  }
  return See(true, fact);
}

Result<std::string> Stage::Plan(const std::string& ref) {
  HQ_ASSIGN_OR_RETURN(const auto release, people->Do("ann", {"release", "create", "--ref", ref}));
  releases[ref] = release.value("release_id", "");
  HQ_ASSIGN_OR_RETURN(const auto planned, people->Do("ann", {"rollout", "plan", releases[ref]}));
  std::string expected;
  for (const auto& cell : planned["plan"]["cells"]) {
    std::string what = cell.value("expectation", "");
    what = what.substr(what.find('_') + 1);
    std::transform(what.begin(), what.end(), what.begin(),
                   [](char c) { return c == '_' ? ' ' : static_cast<char>(std::tolower(c)); });
    expected += (expected.empty() ? "" : ", ") + cell.value("branch", "") + ": " + what;
  }
  narrator.Say("the plan touches nothing yet, and says: " + expected);
  return planned.value("rollout_id", "");
}

Result<nlohmann::json> Stage::RollOut(const std::string& ref) {
  HQ_ASSIGN_OR_RETURN(const std::string rollout_id, Plan(ref));
  HQ_RETURN_IF_ERROR(people->Do("ann", {"rollout", "start", rollout_id}).status());
  HQ_RETURN_IF_ERROR(people->Type("ann", {"rollout", "watch", rollout_id}).status());
  return Rollout(rollout_id);
}

Result<nlohmann::json> Stage::AwaitPhase(const std::string& rollout_id, const std::string& phase) {
  const auto give_up_at = std::chrono::steady_clock::now() + kPatience;
  std::string last = "nothing";
  while (std::chrono::steady_clock::now() < give_up_at) {
    const auto rollout = Rollout(rollout_id);  // A service may be away for a moment.
    if (rollout.ok()) last = PlainPhase(*rollout, "ROLLOUT_PHASE_");
    if (rollout.ok() && last == phase) return rollout;
    std::this_thread::sleep_for(kPoll);
  }
  return absl::DeadlineExceededError("rollout " + rollout_id + " is " + last + ", not " + phase);
}

Result<nlohmann::json> Stage::Rollout(const std::string& rollout_id) {
  HQ_ASSIGN_OR_RETURN(const auto answer, people->Look("ann", {"rollout", "get", rollout_id}));
  auto rollout = answer.value("rollout", nlohmann::json::object());
  rollout["phase"] = PlainPhase(rollout, "ROLLOUT_PHASE_");
  return rollout;
}

Result<std::vector<Recorded>> Stage::RecordsAfter(Position position) const {
  std::vector<Recorded> records;
  HQ_ASSIGN_OR_RETURN(const Position head, LedgerHead());
  while (position < head) {
    ledger::v1::ReadRequest request;
    request.set_after_position(position);
    HQ_ASSIGN_OR_RETURN(const Page page, ledger->Read(request));
    records.insert(records.end(), page.records.begin(), page.records.end());
    if (page.scanned_to <= position) return absl::DataLossError("the ledger's read does not end");
    position = page.scanned_to;
  }
  return records;
}

Result<Position> Stage::LedgerHead() const {
  HQ_ASSIGN_OR_RETURN(const auto head, ledger->Head());
  return head.head().position();
}

bool Stage::AllServe(const std::vector<std::string>& cells, const std::string& release_id) const {
  constexpr int kHealthy = 200;
  return std::all_of(cells.begin(), cells.end(), [&](const std::string& cell) {
    return sites->ReleaseOf(cell) == release_id && sites->HealthOf(cell) == kHealthy;
  });
}

nats::Login Stage::NatsLogin(const std::string& user) const {
  return {house->UrlOf("nats"), user, house->TokenOf("nats-" + user).value_or("")};
}

std::string PhaseOf(const nlohmann::json& rollout, const std::string& cell) {
  for (const auto& state : rollout.value("cells", nlohmann::json::array()))
    if (state.value("branch", "") == cell) return PlainPhase(state, "CELL_PHASE_");
  return "";
}

}  // namespace hq::demo
