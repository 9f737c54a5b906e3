// What every workload works with: the plan, the systems, the board for its figures.
#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "tests/bench/harness/system.hpp"
#include "tests/bench/ledger/ledger_system.hpp"
#include "tests/bench/peers/jetstream.hpp"
#include "tests/bench/peers/raw_file.hpp"
#include "tests/bench/report/row.hpp"

namespace hq::bench {

// How much is measured. The defaults are a full run; Quick() is a smoke run, whose figures mean
// little.
struct Plan {
  int rounds = 5;
  std::chrono::milliseconds warm_up{2'000};
  std::chrono::milliseconds duration{10'000};
  std::uint64_t catch_up_events = 2'000'000;
  std::uint64_t recovery_events = 1'000'000;
  int recovery_rounds = 3;
  std::uint64_t memory_events = 10'000'000;  // 0: not measured.
  std::uint64_t proof_events = 10'000'000;
  std::vector<int> open_loop_rates = {1'000, 10'000};
  std::set<std::string> only;  // Workloads; empty: all.

  static Plan Quick();
  bool Has(const std::string& workload) const { return only.empty() || only.contains(workload); }
};

class Bench {
 public:
  explicit Bench(Plan plan) : plan_(std::move(plan)) {}

  // Starts all servers. A peer that cannot be had on this machine is left out, with a note.
  Status Open(const std::string& bin_dir);

  const Plan& plan() const { return plan_; }
  Board& board() { return board_; }
  const std::vector<std::string>& notes() const { return notes_; }
  void Note(const std::string& note) { notes_.push_back(note); }

  // In the order in which they take turns; the ledger comes first.
  const std::vector<System*>& systems() const { return order_; }
  LedgerSystem& ledger() { return *ledger_; }
  RawFile& raw_file() { return *raw_file_; }
  JetStream& jetstream() { return *jetstream_; }

  // How many 4 KiB appends the disk syncs in a second now; noted on the board.
  Result<double> Probe();

  // Says on standard error what happens.
  static void Tell(const std::string& what);

 private:
  void Take(std::unique_ptr<System> system);

  const Plan plan_;
  Board board_;
  std::vector<std::string> notes_;
  std::unique_ptr<LedgerSystem> ledger_;
  std::unique_ptr<RawFile> raw_file_;
  std::unique_ptr<JetStream> jetstream_;
  std::vector<std::unique_ptr<System>> others_;
  std::vector<System*> order_;
};

}  // namespace hq::bench
