// The ledger's process on a disk that fails: the real log, index, queue and commit steps, driven
// one step at a time, killed or struck between and within any two of them, and opened again. Every
// decision is compared with the plain ledger's, every opening with what must and may be there.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/outbox.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "tests/simulation/journal.hpp"
#include "tests/simulation/luck.hpp"
#include "tests/simulation/plain_ledger.hpp"
#include "tests/simulation/simulated_disk.hpp"
#include "tests/simulation/simulated_stream.hpp"
#include "tests/support/fake_clock.hpp"

namespace hq::testing {

class SimulatedLedger {
 public:
  // All outlive it.
  SimulatedLedger(Luck& luck, Journal& journal, FakeClock& clock, PlainLedger& plain,
                  SimulatedStream& stream);
  ~SimulatedLedger() { Drop(); }

  // Opens what is on the disk; may be struck while it does.
  void Open();
  bool is_open() const { return log_ != nullptr; }
  // Only while it is open.
  ledger::RocksEventLog& log() { return *log_; }
  // Lets somebody read; false if the process has ended by what it found.
  bool Serve(const std::function<void()>& call);
  // Which life of the process it is: answers of an earlier one reach nobody.
  unsigned life() const { return life_; }

  // The steps, each if there is something to do. The disk may fail in the middle of Write.
  void Stage();
  void Write();
  void Answer();
  void WriteIndexDown();
  void Announce();
  // All of them until nothing is left.
  void Settle();

  Status announced() const { return announced_; }
  Position announced_position() const { return outbox_ ? outbox_->position() : 0; }

  void Kill();
  void LosePower();
  void Stop();  // In order.
  // From now on nothing fails.
  void Calm() { is_calm_ = true; }

  Position durable() const { return durable_; }
  // The bytes of all durable records, position 1 first.
  const std::vector<std::string>& records() const { return records_; }

 private:
  enum class Death { kKilled, kPowerLost };

  // Not for ever: a run opens so often only that RocksDB does nothing in a thread of its own.
  bool MayDie() const;
  void Die(Death death, const std::string& how);
  void Drop();
  void MaybeFlipBit();
  void ArmFor(const std::string& within, std::size_t operations);
  bool OpenLog(std::string& refused);
  void CheckOpened();
  void Refuse(const std::string& why);
  void CheckDecisions(const ledger::CommitBatch& batch);
  Result<std::vector<std::string>> ReadAll(Position until) const;

  Luck& luck_;
  Journal& journal_;
  FakeClock& clock_;
  PlainLedger& plain_;
  SimulatedStream& stream_;

  std::unique_ptr<SimulatedDisk> disk_;
  std::unique_ptr<SimulatedDisk> whole_disk_;  // Before a bit was flipped; null if none was.
  bool is_index_damaged_ = false;              // It was one of the index.
  runtime::Metrics metrics_;
  std::unique_ptr<ledger::RocksEventLog> log_;
  std::unique_ptr<ledger::Outbox> outbox_;
  std::uint64_t restarts_ = 0;  // Of the stream's server, as far as the outbox knows.
  std::deque<ledger::Submission> waiting_;
  std::deque<std::unique_ptr<ledger::CommitBatch>> staged_;
  std::deque<std::unique_ptr<ledger::CommitBatch>> written_;
  Status announced_;

  bool is_calm_ = false;
  unsigned life_ = 0;
  unsigned openings_ = 0;
  Position durable_ = 0;     // Known to be on disk, and perhaps shown.
  Position in_writing_ = 0;  // The end of the group that was being written when the process died.
  std::vector<std::string> records_;
};

}  // namespace hq::testing
