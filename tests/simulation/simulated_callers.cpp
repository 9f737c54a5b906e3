#include "tests/simulation/simulated_callers.hpp"

#include <algorithm>
#include <set>

#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::testing {
namespace {

constexpr std::size_t kCommandsMax = 24;
constexpr std::size_t kUnsettledMax = 6;
constexpr std::size_t kCellsMax = 3;

const rpc::Caller& Ann() {
  static const auto* const ann = new rpc::Caller{"ann", "hq_admin", {}};
  return *ann;
}

}  // namespace

void SimulatedCallers::Call() {
  std::vector<std::size_t> unsettled;
  for (std::size_t i = 0; i < commands_.size(); ++i)
    if (!commands_[i].is_settled) unsettled.push_back(i);
  const bool may_wish = commands_.size() < kCommandsMax && unsettled.size() < kUnsettledMax;
  if (may_wish && (unsettled.empty() || luck_.OneIn(2))) {
    auto wish = Wish();
    const bool is_once = wish.command_id().empty();  // Whether it got through is never known then.
    commands_.push_back({Ann(), std::move(wish), is_once});
    calls_.push_back(commands_.size() - 1);
  } else if (!unsettled.empty()) {
    calls_.push_back(unsettled[luck_.Below(unsettled.size())]);
  }
}

ledger::v1::AppendRequest SimulatedCallers::Wish() {
  ledger::v1::AppendRequest request;
  AddStreams(request);
  AddConditions(request);
  if (luck_.OneIn(8)) return request;  // Not idempotent: asked once.
  request.set_command_id("command-" + std::to_string(commands_.size()));
  const bool takes_anothers_id = !commands_.empty() && luck_.OneIn(10);
  if (takes_anothers_id) {
    const auto& other = commands_[luck_.Below(commands_.size())].request.command_id();
    if (!other.empty()) request.set_command_id(other);
  }
  return request;
}

void SimulatedCallers::AddStreams(ledger::v1::AppendRequest& request) {
  std::set<std::string> cells;
  for (std::size_t i = 0; i <= luck_.Below(2); ++i)
    cells.insert("cell" + std::to_string(luck_.Below(kCellsMax)));
  for (const std::string& cell : cells) {
    auto* append = request.add_appends();
    AddEvents(*append, cell);
    switch (luck_.Below(5)) {
      case 0:
      case 1:
        append->set_expected_version(seen_versions_[append->stream()]);
        break;
      case 2:
        append->set_expected_version(luck_.Below(8));
        break;
      default:
        break;
    }
  }
}

void SimulatedCallers::AddEvents(ledger::v1::StreamAppend& append, const std::string& cell) {
  append.set_stream("entry-" + cell);
  for (std::size_t i = 0; i <= luck_.Below(3); ++i) {
    auto* event = append.add_events();
    event->set_branch(cell);
    event->set_event("seen" + std::to_string(luck_.Below(4)));
    event->set_status(std::string(luck_.Below(40), 's'));
  }
}

void SimulatedCallers::AddConditions(ledger::v1::AppendRequest& request) {
  if (luck_.OneIn(6)) {
    auto* condition = request.add_conditions();
    condition->set_stream("entry-other" + std::to_string(luck_.Below(2)));
    condition->set_version(luck_.OneIn(4) ? 1 : 0);
  }
  if (luck_.OneIn(6)) {
    auto* no_match = request.add_no_matches();
    no_match->mutable_filter()->set_event("seen" + std::to_string(luck_.Below(5)));
    if (luck_.OneIn(2)) no_match->mutable_filter()->set_stream("entry-cell0");
    no_match->set_after_position(seen_position_);
  }
}

void SimulatedCallers::Note() {
  ledger::v1::AppendRequest request;
  AddEvents(*request.add_appends(), "cell0");
  request.set_command_id("note-" + std::to_string(commands_.size()));
  commands_.push_back({Ann(), std::move(request), false});
  calls_.push_back(commands_.size() - 1);
}

void SimulatedCallers::Carry() {
  const bool carries_call = !calls_.empty() && (answers_.empty() || luck_.OneIn(2));
  if (carries_call) {
    const std::size_t which = luck_.Below(calls_.size());
    const std::size_t command = calls_[which];
    const bool is_once = commands_[command].request.command_id().empty();
    const bool is_doubled = !is_once && luck_.OneIn(8);
    if (!is_doubled) calls_.erase(calls_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!luck_.OneIn(6)) Deliver(command);
  } else if (!answers_.empty()) {
    const std::size_t which = luck_.Below(answers_.size());
    const Letter letter = answers_[which];
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(which));
    if (!luck_.OneIn(4)) Receive(letter);
  }
}

void SimulatedCallers::Deliver(std::size_t command) {
  if (!ledger_.is_open()) return;
  const Command& called = commands_[command];
  journal_.Say("call " + std::to_string(command));
  ledger_.log().Append(called.caller, called.request,
                       [this, command, life = ledger_.life()](const auto& result) {
                         if (life == ledger_.life()) answers_.push_back({command, result});
                       });
}

// An acknowledgement is for ever: every later one of that command is the same.
void SimulatedCallers::Receive(const Letter& letter) {
  const std::string command = std::to_string(letter.command);
  journal_.Say("answer " + command + ": " +
               absl::StatusCodeToString(letter.result.status().code()));
  if (absl::IsUnavailable(letter.result.status())) return;
  commands_[letter.command].is_settled = true;
  if (!letter.result.ok()) {
    const bool is_expected =
        absl::IsAborted(letter.result.status()) || absl::IsAlreadyExists(letter.result.status());
    if (!is_expected)
      journal_.Fail("command " + command + ": " + std::string(letter.result.status().message()));
    return;
  }
  const auto& receipt = letter.result->receipt();
  const auto [known, is_new] = acknowledged_.emplace(letter.command, receipt);
  if (!is_new && known->second.SerializeAsString() != receipt.SerializeAsString())
    journal_.Fail("command " + command + " has two receipts");
  for (const auto& stream : receipt.streams()) {
    Version& seen = seen_versions_[stream.stream()];
    seen = std::max(seen, stream.version());
  }
  seen_position_ = std::max(seen_position_, receipt.last_position());
}

void SimulatedCallers::Finish() {
  calls_.clear();
  for (std::size_t i = 0; i < commands_.size(); ++i)
    if (!commands_[i].is_settled) Deliver(i);
  ledger_.Settle();
  while (!answers_.empty()) {
    Receive(answers_.front());
    answers_.pop_front();
  }
}

}  // namespace hq::testing
