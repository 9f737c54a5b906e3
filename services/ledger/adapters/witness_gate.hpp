// The gate before all that the ledger serves: closed while what was seen of it outside speaks
// against the tree that is here, and at the start until the witnesses have been heard.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "common/runtime/metrics.hpp"
#include "services/ledger/adapters/proof_maker.hpp"
#include "services/ledger/core/witness_check.hpp"

namespace hq::ledger {

// Thread-safe. Records nothing on a ledger that is behind or another: a record more would only
// deepen the fork. It says so in the process log and in `hq_ledger_serving`.
class WitnessGate {
 public:
  // `witnesses` is how many are waited for, `patience` how long. Both references outlive it.
  WitnessGate(ProofMaker& proofs, std::size_t witnesses, std::chrono::milliseconds patience,
              runtime::Metrics& metrics);

  // OK if the ledger may serve, else why not: see CheckAgainstWitnesses. One atomic read while it
  // is open; while it is closed everything is looked at again, so that a repair opens it.
  Status Check();

  // That head was seen, by that witness or in that file; it was signed by this log's key. Returns
  // whether the tree that is here has it.
  bool Learn(const std::string& by, const TreeHead& head);

  // That witness has said what it has, be it nothing.
  void Hear(const std::string& witness);

 private:
  Status Evaluate();
  void Settle(const Status& status);

  ProofMaker& proofs_;
  runtime::Metrics& metrics_;
  const std::size_t witnesses_;
  const std::chrono::steady_clock::time_point patient_until_;
  std::atomic<bool> is_open_ = false;
  std::mutex mutex_;
  std::map<std::string, SeenHead> against_;  // What does not fit, or not yet; the largest of each.
  std::set<std::string> heard_;
  std::string reported_;
};

}  // namespace hq::ledger
