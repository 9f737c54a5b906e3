// The recovery ladder: what to do about a ledger whose store, signed checkpoints and sources do not
// say the same. Open it, repair it, restore it, or have a person decide. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/events/event_log.hpp"
#include "common/transparency/proof.hpp"

namespace hq::ledger {

// A head that the ledger's key signed, and where that was found.
struct VouchedHead {
  std::string by;  // For people: a file, the archive.
  std::uint64_t epoch = 1;
  TreeHead head;
};

// The store under the data directory.
struct StoreFinding {
  enum class Condition { kSound, kEmptied, kBroken };

  Condition condition = Condition::kSound;
  std::string reason;         // A stable UPPER_SNAKE reason; empty if it is sound.
  std::string detail;         // For people; empty if it is sound.
  std::uint64_t epoch = 0;    // The life that it is in; 0 if it does not say.
  Position end = 0;           // Up to here its records follow on each other from the first on.
  Position repairing_to = 0;  // Where a repair that was broken off was to come to; 0: none was.
};

// A file beside the store that is not what the ledger wrote.
struct FileFault {
  std::string path;
  std::string why;
  bool is_replaceable = true;  // The ledger makes it anew if it is not there.
};

// A place outside of the store where records can be had.
struct SourceFinding {
  std::string name;   // "archive", "announcements".
  Position end = 0;   // The last record of this life that it has; 0 if none.
  std::string fault;  // Why it could not be asked; empty if it could.
};

// All that could be learnt of the ledger and of what others know of it, before anything is done.
struct Findings {
  StoreFinding store;
  std::vector<VouchedHead> vouched;     // Of the life that is looked at.
  std::vector<VouchedHead> later_life;  // Of a life that began behind it; then it was given up.
  std::string other_ledger;  // Which one a witness showed in place of this; empty if none did.
  std::vector<FileFault> files;
  std::vector<SourceFinding> sources;
};

// What came of walking from the first record to the furthest one that anybody has.
struct Attempt {
  struct Stretch {
    std::string source;
    Position first = 0;
    Position last = 0;
  };

  std::vector<Stretch> stretches;  // Where the records would come from, in order.
  Position end = 0;
  std::string why_not;  // Empty if every vouched head came out and nothing known is missing.

  bool fits() const { return why_not.empty(); }
};

enum class Rung { kOpen, kRepair, kRestore, kAudit };

// "open", "repair", "restore", "audit".
std::string NameOf(Rung rung);

// What is to be done, and why.
struct RecoveryPlan {
  Rung rung = Rung::kAudit;
  std::string cause;  // A stable UPPER_SNAKE reason; empty to open.
  std::string why;    // For people.
  // Whether it may be done without asking anybody: nothing that is there is put aside but a store
  // without a single record.
  bool is_safe_unattended = false;
};

// The largest size that is vouched for; 0 if none is.
Position VouchedTo(const Findings& findings);

// The furthest record of this life that anybody says there is.
Position KnownEnd(const Findings& findings);

// Whether records have to be brought back, so that an attempt must be made.
bool NeedsRecords(const Findings& findings);

// `attempt` is null if none was made. While a source that there is cannot be read, nothing is done:
// it may have records that nobody else has, and the ledger would write others in their place.
// Records that are vouched for by nobody are kept or brought back if they follow on from those that
// are; a repair needs at least one signed head. A repair that was broken off is done again; if less
// is to be had than it had found, a person says whether that is given up.
RecoveryPlan PlanRecovery(const Findings& findings, const Attempt* attempt);

}  // namespace hq::ledger
