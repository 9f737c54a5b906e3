#include "services/ledger/core/witness_check.hpp"

namespace hq::ledger {
namespace {

std::string Described(const SeenHead& seen) {
  return std::to_string(seen.head.size) + " records" +
         (seen.is_of_later_life ? " of a later epoch" : "") + " were seen by " + seen.by;
}

// A disk that is empty, or not this ledger's, begins another ledger with an id of its own. It must
// not pass for a new one while somebody remembers the old.
Status OfOtherLog(const SeenHead& seen) {
  return Refusal(absl::StatusCode::kDataLoss,
                 "this data directory is not the ledger that " + seen.by + " has vouched for, " +
                     seen.other_log + " with " + std::to_string(seen.head.size) +
                     " records: the disk was wiped, or it is a foreign one",
                 "WITNESS_DIVERGED",
                 "Stop the ledger, mount the right disk, and start it again. If that disk is lost, "
                 "run `hq-ledger repair` or `hq-ledger restore`. If a new ledger is meant, delete "
                 "`witnessed_other` in its data directory and `witness/cosigned` in those of the "
                 "services that vouched for the old one.");
}

Status Diverged(const SeenHead& seen) {
  return Refusal(absl::StatusCode::kDataLoss,
                 Described(seen) + ", and those that are here are others", "WITNESS_DIVERGED",
                 "Stop the ledger, keep its files as evidence, and run: hq-ledger repair");
}

Status Behind(std::uint64_t size, const SeenHead& seen) {
  return Refusal(
      absl::StatusCode::kUnavailable,
      Described(seen) + ", and there are " + std::to_string(size) + " here", "WITNESS_AHEAD",
      "Stop the ledger, run `hq-ledger repair`, which brings the missing records back from "
      "the archive or the announcements, and start it again.");
}

Status Awaited(const Hearing& hearing) {
  return Refusal(absl::StatusCode::kUnavailable,
                 std::to_string(hearing.heard) + " of " + std::to_string(hearing.witnesses) +
                     " witnesses have said what they have seen",
                 "WITNESSES_AWAITED", "Try again in a moment; the witnesses are other services.");
}

}  // namespace

Status CheckAgainstWitnesses(std::uint64_t size, const std::vector<SeenHead>& seen,
                             const Hearing& hearing) {
  for (const SeenHead& one : seen)
    if (!one.other_log.empty()) return OfOtherLog(one);
  const SeenHead* ahead = nullptr;
  for (const SeenHead& one : seen) {
    const bool is_ahead = one.head.size > size || one.is_of_later_life;
    if (!is_ahead && one.root != one.head.root) return Diverged(one);
    if (is_ahead && (!ahead || one.head.size > ahead->head.size)) ahead = &one;
  }
  if (ahead) return Behind(size, *ahead);
  const bool is_heard = 2 * hearing.heard >= hearing.witnesses || hearing.is_patience_over;
  return is_heard ? absl::OkStatus() : Awaited(hearing);
}

}  // namespace hq::ledger
