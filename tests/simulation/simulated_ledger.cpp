#include "tests/simulation/simulated_ledger.hpp"

#include "common/base/ids.hpp"
#include "services/ledger/adapters/rocks_store.hpp"
#include "services/ledger/core/hash_chain.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::testing {
namespace {

using ledger::RocksEventLog;

constexpr const char* kDirectory = "/ledger";
constexpr const char* kLogFiles = "/ledger/log/";
constexpr const char* kIndexFiles = "/ledger/index/";
// RocksDB compacts in a thread of its own after so many; a run that shall be had again stays below.
constexpr unsigned kOpeningsMax = 4;
constexpr std::size_t kPipelineMax = 2;  // Groups that are staged and not written yet.

// Thrown where the process would end.
struct ProcessEnded {
  std::string why;
};

// An empty ledger with an id of its own, so that runs of one seed are equal to the byte. Made once.
const SimulatedDisk& EmptyLedger() {
  static const SimulatedDisk* const made = [] {
    auto disk = std::make_unique<SimulatedDisk>();
    auto store = *ledger::RocksStore::Open("/ledger/log", /*may_be_new=*/true, {disk->env(), {}});
    store->PutSynced(ledger::RocksStore::Table::kMeta, "log_id", "simulated-ledger");
    store.reset();
    return disk.release();
  }();
  return *made;
}

std::string Text(Position position) { return std::to_string(position); }

}  // namespace

SimulatedLedger::SimulatedLedger(Luck& luck, Journal& journal, FakeClock& clock, PlainLedger& plain,
                                 SimulatedStream& stream)
    : luck_(luck),
      journal_(journal),
      clock_(clock),
      plain_(plain),
      stream_(stream),
      disk_(EmptyLedger().Copy()) {}

bool SimulatedLedger::Serve(const std::function<void()>& call) {
  try {
    call();
    if (!disk_->has_failed()) return true;
    Die(Death::kKilled, "the disk failed");
  } catch (const ProcessEnded& ended) {
    Die(Death::kKilled, ended.why);
  }
  return false;
}

void SimulatedLedger::Open() {
  if (log_) return;
  ++openings_;
  const bool may_fail = !is_calm_ && openings_ < kOpeningsMax;
  if (may_fail && luck_.OneIn(5)) ArmFor(kDirectory, 14);
  std::string refused;
  const bool is_open = OpenLog(refused);
  const bool was_struck = disk_->has_failed();
  disk_->Disarm();
  if (was_struck) return Die(Death::kKilled, "struck while opening");
  if (!is_open) return Refuse(refused);
  CheckOpened();
}

bool SimulatedLedger::OpenLog(std::string& refused) {
  const auto end = [](const rocksdb::Status& status) { throw ProcessEnded{status.ToString()}; };
  try {
    auto log = RocksEventLog::Open(kDirectory, clock_, metrics_, {{disk_->env(), end}, false});
    if (log.ok()) {
      log_ = *std::move(log);
      outbox_ = std::make_unique<ledger::Outbox>(*log_, metrics_);
      return true;
    }
    refused = log.status().ToString();
  } catch (const ProcessEnded& ended) {
    refused = ended.why;
  }
  return false;
}

// A ledger whose log was damaged may refuse; then what was whole is brought back. Damage to the
// index may end one process, and no more: what is worked out of the log is made anew.
void SimulatedLedger::Refuse(const std::string& why) {
  if (is_index_damaged_) {
    is_index_damaged_ = false;
    whole_disk_.reset();
    return Die(Death::kKilled, "the index is damaged");
  }
  Drop();
  if (!whole_disk_) return journal_.Fail("the ledger does not open: " + why);
  journal_.Say("damage is refused");
  disk_ = std::move(whole_disk_);
  ++life_;
}

// What was durable is there, unchanged; of the group that was on its way, all or nothing.
void SimulatedLedger::CheckOpened() {
  const Position head = log_->Head().head().position();
  auto found = ReadAll(head);
  if (whole_disk_ && head < durable_) return Refuse("behind what the witnesses have seen");
  if (whole_disk_ && !found.ok()) return Refuse(found.status().ToString());
  whole_disk_.reset();
  is_index_damaged_ = false;
  if (!found.ok()) return journal_.Fail(found.status().ToString());
  journal_.Say("opened at " + Text(head) + ", " + Hex(log_->tree_head().root).substr(0, 8));
  if (head != durable_ && head != in_writing_)
    journal_.Fail("opened at " + Text(head) + "; durable was " + Text(durable_) +
                  ", in writing until " + Text(in_writing_));
  for (std::size_t i = 0; i < std::min(records_.size(), found->size()); ++i)
    if ((*found)[i] != records_[i]) journal_.Fail("the record at " + Text(i + 1) + " has changed");
  if (head > plain_.entries().size()) return journal_.Fail("records that nobody has staged");
  plain_.ForgetBehind(head);
  durable_ = in_writing_ = head;
  records_ = *std::move(found);
}

Result<std::vector<std::string>> SimulatedLedger::ReadAll(Position until) const {
  std::vector<std::string> found;
  while (found.size() < until) {
    HQ_ASSIGN_OR_RETURN(const auto frames, log_->TryReadFrames(found.size(), until, 1 << 20));
    if (frames.first != found.size() + 1)
      return absl::DataLossError("nothing behind " + Text(found.size()));
    ledger::FrameWalker walker(frames.bytes);
    while (const auto bytes = walker.Next()) found.emplace_back(*bytes);
  }
  return found;
}

void SimulatedLedger::Stage() {
  if (!log_ || staged_.size() >= kPipelineMax) return;
  for (auto& submission : log_->queue().Take()) waiting_.push_back(std::move(submission));
  if (waiting_.empty()) return;
  std::deque<ledger::Submission> taken;
  for (std::size_t count = 1 + luck_.Below(waiting_.size()); count > 0; --count) {
    taken.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  const bool survives = Serve([&] {
    staged_.push_back(log_->steps().Stage(taken));
    CheckDecisions(*staged_.back());
  });
  if (survives) journal_.Say("staged up to " + Text(staged_.back()->group.head().position));
}

void SimulatedLedger::CheckDecisions(const ledger::CommitBatch& batch) {
  for (const auto& answer : batch.answers) {
    const auto& submission = answer.submission;
    const auto expected = plain_.Take(submission.appender.principal, *submission.request);
    PlainLedger::Verdict actual;
    actual.code = answer.result.status().code();
    if (answer.result.ok()) {
      actual.first = answer.result->receipt().first_position();
      actual.last = answer.result->receipt().last_position();
      actual.is_repeated = answer.result->repeated_command();
    } else {
      actual.reason = AdviceOf(answer.result.status()).reason;
    }
    if (actual != expected)
      journal_.Fail("decided " + actual.reason + " [" + Text(actual.first) + ", " +
                    Text(actual.last) + "], not " + expected.reason + " [" + Text(expected.first) +
                    ", " + Text(expected.last) + "]");
  }
  if (batch.group.head().position != plain_.entries().size())
    journal_.Fail("a group ends at " + Text(batch.group.head().position) + ", not at " +
                  Text(plain_.entries().size()));
}

void SimulatedLedger::Write() {
  if (!log_ || staged_.empty()) return;
  if (!is_calm_ && MayDie() && luck_.OneIn(12)) ArmFor(kLogFiles, 2);
  in_writing_ = staged_.front()->group.head().position;
  if (!Serve([&] { log_->steps().Write(*staged_.front()); })) return;
  disk_->Disarm();
  durable_ = in_writing_;
  journal_.Say("durable up to " + Text(durable_));
  for (const auto& row : staged_.front()->group.rows()) {
    ledger::FrameWalker walker(row.frames);
    while (const auto bytes = walker.Next()) records_.emplace_back(*bytes);
  }
  if (log_->Head().head().position() != durable_) journal_.Fail("the head is not what is durable");
  written_.push_back(std::move(staged_.front()));
  staged_.pop_front();
}

void SimulatedLedger::Answer() {
  if (!log_ || written_.empty()) return;
  log_->steps().Answer(*written_.front());
  written_.pop_front();
}

void SimulatedLedger::WriteIndexDown() {
  if (log_) Serve([&] { log_->index().WriteDown(); });
}

void SimulatedLedger::Announce() {
  if (!log_) return;
  if (stream_.restarts() != restarts_) outbox_->Forget();  // As the announcer does.
  restarts_ = stream_.restarts();
  Serve([&] { announced_ = outbox_->Advance(stream_); });
}

void SimulatedLedger::Settle() {
  while (log_ && (log_->queue_depth() > 0 || !waiting_.empty() || !staged_.empty())) {
    Stage();
    Write();
  }
  while (log_ && !written_.empty()) Answer();
}

void SimulatedLedger::ArmFor(const std::string& within, std::size_t operations) {
  constexpr DiskFault kFaults[] = {DiskFault::kPowerLostBefore, DiskFault::kPowerLostAfter,
                                   DiskFault::kKilledBefore, DiskFault::kErrorAndPresent,
                                   DiskFault::kErrorAndGone};
  const DiskFault fault = kFaults[luck_.Below(std::size(kFaults))];
  disk_->Arm(fault, within, static_cast<unsigned>(luck_.Below(operations)), luck_.Next());
}

bool SimulatedLedger::MayDie() const { return log_ && (is_calm_ || openings_ < kOpeningsMax); }

void SimulatedLedger::Kill() {
  if (MayDie()) Die(Death::kKilled, "killed");
}

void SimulatedLedger::LosePower() {
  if (MayDie()) Die(Death::kPowerLost, "power lost");
}

void SimulatedLedger::Stop() {
  if (!MayDie()) return;
  Settle();
  if (!log_) return;
  WriteIndexDown();
  journal_.Say("stopped");
  outbox_.reset();
  log_.reset();
  ++life_;
}

void SimulatedLedger::Die(Death death, const std::string& how) {
  journal_.Say("the ledger dies: " + how);
  auto left = death == Death::kPowerLost ? disk_->AfterPowerLoss(luck_.Next()) : disk_->AfterKill();
  Drop();
  disk_ = std::move(left);
  ++life_;
  MaybeFlipBit();
}

// The dead process: its answers reach nobody, its writes go nowhere.
void SimulatedLedger::Drop() {
  ++life_;
  staged_.clear();
  written_.clear();
  waiting_.clear();
  outbox_.reset();
  log_.reset();
}

void SimulatedLedger::MaybeFlipBit() {
  if (is_calm_ || whole_disk_ || !luck_.OneIn(10)) return;
  whole_disk_ = disk_->Copy();
  is_index_damaged_ = luck_.OneIn(3);
  const std::string file =
      disk_->FlipBit(is_index_damaged_ ? kIndexFiles : kLogFiles, luck_.Next());
  journal_.Say(is_index_damaged_ ? "a bit of the index flips" : "a bit of the log flips");
  if (!file.empty()) return;
  whole_disk_.reset();
  is_index_damaged_ = false;
}

}  // namespace hq::testing
