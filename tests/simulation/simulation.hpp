// One simulated run: callers, ledger, announcement stream and a projection, in one thread, every
// step and every fault drawn from one seed. Afterwards everything is calm, everybody finishes, and
// what is there is held against the plain ledger.
#pragma once

#include <cstdint>
#include <string>

#include "tests/simulation/journal.hpp"
#include "tests/simulation/luck.hpp"
#include "tests/simulation/plain_ledger.hpp"
#include "tests/simulation/simulated_callers.hpp"
#include "tests/simulation/simulated_ledger.hpp"
#include "tests/simulation/simulated_projection.hpp"
#include "tests/simulation/simulated_stream.hpp"
#include "tests/support/fake_clock.hpp"

namespace hq::testing {

class Simulation {
 public:
  explicit Simulation(std::uint64_t seed);

  // Runs it to its end; what should not have happened stands in the journal.
  const Journal& Run();

 private:
  void Step();
  void StepOfLedger();
  void Calamity();
  void Finish();
  void ComeBack();
  // The announcer and what it finds.
  void FinishAnnouncing();
  void MeetForeignMessage();

  // What must hold at the end.
  void CheckRecords();
  void CheckTree();
  void CheckAcknowledged();
  void CheckReads();
  void CheckAnnounced();

  Luck luck_;
  Journal journal_;
  FakeClock clock_;
  PlainLedger plain_;
  SimulatedStream stream_;
  SimulatedCallers callers_;  // Before the ledger, which answers until its end.
  SimulatedLedger ledger_;
  SimulatedProjection projection_;
};

}  // namespace hq::testing
