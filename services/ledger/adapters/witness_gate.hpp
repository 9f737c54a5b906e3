// The gate before all that the ledger serves: closed while what was seen of it outside speaks
// against the tree that is here, and at the start until the witnesses have been heard.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/runtime/metrics.hpp"
#include "common/transparency/checkpoint.hpp"
#include "common/transparency/fork.hpp"
#include "services/ledger/adapters/proof_maker.hpp"
#include "services/ledger/core/witness_check.hpp"

namespace hq::ledger {

// How far a checkpoint goes, epoch before size: a later life may be shorter than what it gave up,
// and goes further all the same.
using Reach = std::pair<std::uint64_t, std::uint64_t>;
inline Reach ReachOf(const Checkpoint& checkpoint) {
  return {checkpoint.epoch(), checkpoint.head.size};
}

// How the tree that is here stands to a checkpoint that was seen.
enum class Learned {
  kHere,
  kGivenUp,  // By a signed statement: it speaks against nothing.
  kMissing,  // Not here, or other records are here in its place.
};

// Thread-safe. Records nothing on a ledger that is behind or another: a record more would only
// deepen the fork. It says so in the process log and in `hq_ledger_serving`.
class WitnessGate {
 public:
  // `epoch` is that of the ledger, `forks` what it says of the lives before; `witnesses` is how
  // many are waited for, `patience` how long. Both references outlive it.
  WitnessGate(ProofMaker& proofs, std::uint64_t epoch, std::vector<Fork> forks,
              std::size_t witnesses, std::chrono::milliseconds patience, runtime::Metrics& metrics);

  // OK if the ledger may serve, else why not: see CheckAgainstWitnesses. One atomic read while it
  // is open; while it is closed everything is looked at again, so that a repair opens it.
  Status Check();

  // That checkpoint was seen, by that witness or in that file; this log's key signed it.
  Learned Learn(const std::string& by, const Checkpoint& checkpoint);

  // That witness cosigned that checkpoint, which is of another ledger: closed until a person has
  // put it right and started the ledger anew, whatever is heard besides.
  void LearnOfOther(const std::string& by, const Checkpoint& checkpoint);

  // That witness has said what it has, be it nothing.
  void Hear(const std::string& witness);

 private:
  Status Evaluate();
  void Settle(const Status& status);

  ProofMaker& proofs_;
  runtime::Metrics& metrics_;
  const std::uint64_t epoch_;
  const std::vector<Fork> forks_;
  const std::size_t witnesses_;
  const std::chrono::steady_clock::time_point patient_until_;
  std::atomic<bool> is_open_ = false;
  std::mutex mutex_;
  std::map<std::string, SeenHead> against_;  // What does not fit, or not yet; the furthest of each.
  std::map<std::string, SeenHead> of_others_;  // Of other ledgers; the first of each, for good.
  std::set<std::string> heard_;
  std::string reported_;
};

}  // namespace hq::ledger
