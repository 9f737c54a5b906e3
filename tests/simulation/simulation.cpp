#include "tests/simulation/simulation.hpp"

#include <map>
#include <set>
#include <vector>

#include "common/base/ids.hpp"
#include "tests/simulation/plain_tree.hpp"

namespace hq::testing {
namespace {

constexpr int kStepsMin = 60;
constexpr std::size_t kStepsMore = 160;
constexpr int kPatience = 60;  // Rounds of a calm world until everybody must have finished.

ledger::v1::Record Parsed(const std::string& bytes) {
  ledger::v1::Record record;
  record.ParseFromString(bytes);
  return record;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : luck_(seed),
      stream_(luck_, journal_),
      callers_(luck_, journal_, ledger_),
      ledger_(luck_, journal_, clock_, plain_, stream_),
      projection_(luck_, journal_, ledger_) {}

const Journal& Simulation::Run() {
  const std::size_t steps = kStepsMin + luck_.Below(kStepsMore);
  for (std::size_t i = 0; i < steps && !journal_.has_failed(); ++i) Step();
  if (!journal_.has_failed()) Finish();
  return journal_;
}

void Simulation::Step() {
  clock_.Advance(std::chrono::microseconds(luck_.Below(luck_.OneIn(20) ? 40'000'000'000 : 2'000)));
  switch (luck_.Below(20)) {
    case 0:
    case 1:
    case 2:
      return callers_.Call();
    case 3:
    case 4:
    case 5:
    case 6:
    case 7:
      return callers_.Carry();
    case 8:
      return projection_.Ring();
    case 9:
    case 10:
      projection_.Open();
      return projection_.CatchUp();
    case 11:
      return Calamity();
    default:
      return StepOfLedger();
  }
}

void Simulation::StepOfLedger() {
  ledger_.Open();
  switch (luck_.Below(10)) {
    case 0:
    case 1:
    case 2:
      return ledger_.Stage();
    case 3:
    case 4:
    case 5:
      return ledger_.Write();
    case 6:
    case 7:
      return ledger_.Answer();
    case 8:
      return luck_.OneIn(3) ? ledger_.WriteIndexDown() : ledger_.Announce();
    default:
      return ledger_.Announce();
  }
}

void Simulation::Calamity() {
  switch (luck_.Below(12)) {
    case 0:
      return ledger_.Kill();
    case 1:
      return ledger_.LosePower();
    case 2:
      if (luck_.OneIn(3)) ledger_.Stop();
      return;
    case 3:
      return projection_.Kill();
    case 4:
      return projection_.LosePower();
    case 5:
      return projection_.FillDisk();
    default:
      return stream_.Shake();
  }
}

void Simulation::Finish() {
  journal_.Say("calm");
  ledger_.Calm();
  stream_.Calm();
  projection_.Calm();
  ComeBack();
  if (journal_.has_failed()) return;
  callers_.Finish();
  ledger_.LosePower();
  ComeBack();
  if (journal_.has_failed()) return;
  FinishAnnouncing();
  projection_.Open();
  for (int round = 0; round < kPatience && projection_.position() != ledger_.durable(); ++round)
    projection_.CatchUp();
  CheckRecords();
  CheckTree();
  CheckAcknowledged();
  while (!journal_.has_failed() && !ledger_.Serve([this] { CheckReads(); })) ComeBack();
  if (journal_.has_failed()) return;
  CheckAnnounced();
  projection_.CheckComplete();
  if (luck_.OneIn(10)) MeetForeignMessage();
  journal_.Say("ended at " + std::to_string(ledger_.durable()) + ", " +
               Hex(ledger_.log().tree_head().root));
}

// The first opening may refuse what was damaged.
void Simulation::ComeBack() {
  for (int round = 0; round < 3 && !ledger_.is_open(); ++round) ledger_.Open();
  if (!ledger_.is_open()) journal_.Fail("the ledger does not come back");
}

void Simulation::FinishAnnouncing() {
  for (int round = 0; round < kPatience; ++round) {
    ledger_.Announce();
    if (ledger_.announced().ok() && ledger_.announced_position() == ledger_.durable()) return;
  }
  journal_.Fail("announced up to " + std::to_string(ledger_.announced_position()) + ": " +
                std::string(ledger_.announced().message()));
}

// Positions, links, versions, times and ids, and that it is what the plain ledger holds.
void Simulation::CheckRecords() {
  const auto& records = ledger_.records();
  if (records.size() != plain_.entries().size())
    return journal_.Fail("there are " + std::to_string(records.size()) + " records, not " +
                         std::to_string(plain_.entries().size()));
  std::string hash = ZeroHash();
  std::int64_t recorded_at_us = 0;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const auto record = Parsed(records[i]);
    const auto& entry = plain_.entries()[i];
    const bool is_linked = record.position() == i + 1 && record.previous_hash() == hash &&
                           record.recorded_at_us() > recorded_at_us &&
                           ids.insert(record.id()).second;
    const bool is_same = record.stream() == entry.stream && record.version() == entry.version &&
                         record.branch() == entry.branch && record.event() == entry.event &&
                         record.command_id() == entry.command_id;
    if (!is_linked) journal_.Fail("position " + std::to_string(i + 1) + " is no successor");
    if (!is_same) journal_.Fail("position " + std::to_string(i + 1) + " is another event");
    hash = LeafHash(records[i]);
    recorded_at_us = record.recorded_at_us();
  }
  if (ledger_.log().Head().head().hash() != hash) journal_.Fail("the head's hash is another");
}

void Simulation::CheckTree() {
  const auto head = ledger_.log().tree_head();
  if (head.size != ledger_.records().size() || head.root != PlainRoot(ledger_.records()))
    journal_.Fail("the tree's root is another");
}

void Simulation::CheckAcknowledged() {
  for (const auto& [command, receipt] : callers_.acknowledged()) {
    const std::string name = "acknowledged command " + std::to_string(command);
    const auto& request = callers_.request(command);
    Position position = receipt.first_position();
    int id = 0;
    for (const auto& append : request.appends())
      for (const auto& event : append.events()) {
        if (position > ledger_.records().size()) return journal_.Fail(name + " is lost");
        const auto record = Parsed(ledger_.records()[position - 1]);
        const bool is_it = record.stream() == append.stream() && record.event() == event.event() &&
                           record.status() == event.status() && record.id() == receipt.ids(id);
        if (!is_it) return journal_.Fail(name + " is not at its position");
        ++position;
        ++id;
      }
    if (position != receipt.last_position() + 1) journal_.Fail(name + " has another length");
  }
}

// What the index finds is what a walk over all records finds.
void Simulation::CheckReads() {
  std::map<std::string, std::vector<std::string>> streams;
  std::map<std::string, std::vector<std::string>> events;
  for (const std::string& bytes : ledger_.records()) {
    const auto record = Parsed(bytes);
    streams[record.stream()].push_back(bytes);
    events[record.event()].push_back(bytes);
  }
  const auto bytes_of = [](const std::vector<Recorded>& records) {
    std::vector<std::string> all;
    for (const Recorded& recorded : records) all.push_back(recorded.bytes);
    return all;
  };
  const auto log = ledger_.log().As({"ann", "hq_admin", {}});
  for (const auto& [stream, expected] : streams) {
    ledger::v1::ReadStreamRequest request;
    request.set_stream(stream);
    const auto slice = log->ReadStream(request);
    if (!slice.ok() || slice->version != expected.size() || bytes_of(slice->records) != expected)
      journal_.Fail("stream " + stream + " reads as another");
  }
  for (const auto& [event, expected] : events) {
    ledger::v1::ReadRequest request;
    request.mutable_filter()->set_event(event);
    const auto page = log->Read(request);
    if (!page.ok() || bytes_of(page->records) != expected)
      journal_.Fail("event " + event + " is found elsewhere");
  }
}

// Every record is in the stream once, in order, but for what has aged out of it; between them there
// may be what others have said.
void Simulation::CheckAnnounced() {
  std::vector<Position> announced;
  for (const auto& message : stream_.messages())
    if (!message.id.empty()) announced.push_back(Parsed(message.payload).position());
  for (std::size_t i = 1; i < announced.size(); ++i)
    if (announced[i] != announced[i - 1] + 1)
      journal_.Fail("announced " + std::to_string(announced[i]) + " behind " +
                    std::to_string(announced[i - 1]));
  std::set<std::string> stored = stream_.aged_out();
  for (const auto& message : stream_.messages()) stored.insert(message.payload);
  for (std::size_t i = 0; i < ledger_.records().size(); ++i)
    if (!stored.count(ledger_.records()[i]))
      journal_.Fail("position " + std::to_string(i + 1) + " was never announced");
}

// Another ledger's record, one that is ahead, one that is different: nothing more is announced, and
// the outbox says why.
void Simulation::MeetForeignMessage() {
  if (ledger_.records().empty()) return;
  auto record = Parsed(ledger_.records().back());
  const std::size_t kind = luck_.Below(3);
  if (kind == 0) record.set_log_id("another-ledger");
  // Further ahead than the ledger comes before this is over.
  if (kind == 1) record.set_position(record.position() + 1'000);
  if (kind == 2) record.set_status("never said");
  constexpr const char* kReasons[] = {"ANNOUNCEMENTS_OF_ANOTHER_LEDGER", "ANNOUNCEMENTS_AHEAD",
                                      "ANNOUNCEMENTS_DIVERGED"};
  stream_.Put(record.SerializeAsString());
  const std::size_t messages = stream_.messages().size();
  for (int round = 0; round < 3; ++round) {
    callers_.Note();
    callers_.Finish();
    ledger_.Announce();
  }
  const bool is_halted = AdviceOf(ledger_.announced()).reason == kReasons[kind];
  journal_.Say(std::string("met ") + kReasons[kind]);
  if (!is_halted) journal_.Fail("not halted: " + std::string(ledger_.announced().message()));
  if (stream_.messages().size() != messages) journal_.Fail("announced behind a foreign message");
}

}  // namespace hq::testing
