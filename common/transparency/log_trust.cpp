#include "common/transparency/log_trust.hpp"

#include "common/transparency/key_rotation.hpp"

namespace hq::ledger {
namespace {

Status HistoryRefused(std::string_view reason, const std::string& what) {
  return Refusal(
      absl::StatusCode::kDataLoss, what, reason,
      "The ledger has lost or changed records that it had shown. Stop it, keep its files "
      "as evidence, and restore it.");
}

std::string Described(const Checkpoint& checkpoint) {
  return std::to_string(checkpoint.head.size) + " records of epoch " +
         std::to_string(checkpoint.epoch()) + " with root " + FormatBase64(checkpoint.head.root);
}

Status HasGoneBack(const Checkpoint& seen, const Checkpoint& shown) {
  return HistoryRefused("LEDGER_BEHIND", "the ledger shows " + Described(shown) +
                                             ", and has shown " + Described(seen));
}

}  // namespace

Result<OpenedCheckpoint> OpenTrusted(std::string_view note, const std::vector<VerifierKey>& trusted,
                                     const std::function<Result<NamedKey>()>& ask) {
  Status refused;
  for (const VerifierKey& key : trusted) {
    auto opened = OpenCheckpoint(note, key);
    if (opened.ok()) return OpenedCheckpoint{{key, *std::move(opened)}, Trust::kKnown};
    refused = opened.status();
    if (!absl::IsPermissionDenied(refused)) return refused;
  }
  HQ_ASSIGN_OR_RETURN(const NamedKey named, ask());
  if (trusted.empty()) {
    HQ_ASSIGN_OR_RETURN(const VerifierKey first, VerifierKey::Parse(named.verifier_key));
    HQ_ASSIGN_OR_RETURN(auto opened, OpenCheckpoint(note, first));
    return OpenedCheckpoint{{first, std::move(opened)}, Trust::kFirstUse};
  }
  for (const VerifierKey& key : trusted) {
    const VerifierKey newest = FollowRotations(key, named.rotations);
    auto opened = OpenCheckpoint(note, newest);
    if (opened.ok()) return OpenedCheckpoint{{newest, *std::move(opened)}, Trust::kFollowed};
  }
  return refused;
}

Status CheckGrowth(const Checkpoint& seen, const Checkpoint& shown, const GrowthQuestions& ask) {
  if (shown.epoch() < seen.epoch()) return HasGoneBack(seen, shown);
  if (shown.epoch() > seen.epoch()) {
    HQ_ASSIGN_OR_RETURN(const std::vector<Fork> forks, ask.forks());
    const auto in_common = InCommon(forks, seen.epoch(), shown.epoch());
    if (!in_common)
      return HistoryRefused("LEDGER_DIVERGED", Described(shown) + " are another life than " +
                                                   Described(seen) + ", and no statement says so");
    if (seen.head.size > *in_common) return absl::OkStatus();  // Given up, for all to read.
  }
  if (shown.head.size < seen.head.size) return HasGoneBack(seen, shown);
  Proof proof;
  if (seen.head.size > 0 && shown.head.size > seen.head.size) {
    HQ_ASSIGN_OR_RETURN(proof, ask.proof(seen.head.size, shown.head.size));
  }
  const Status follows = CheckConsistency(seen.head, shown.head, proof);
  if (follows.ok()) return follows;
  return HistoryRefused("LEDGER_DIVERGED", Described(shown) + " do not continue " +
                                               Described(seen) + ": " +
                                               std::string(follows.message()));
}

}  // namespace hq::ledger
