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

std::string SizeAndRoot(const TreeHead& head) {
  return std::to_string(head.size) + " records with root " + FormatBase64(head.root);
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

Status CheckGrowth(
    const TreeHead& seen, const TreeHead& shown,
    const std::function<Result<Proof>(std::uint64_t first, std::uint64_t second)>& ask) {
  if (shown.size < seen.size)
    return HistoryRefused("LEDGER_BEHIND", "the ledger shows " + SizeAndRoot(shown) +
                                               ", and has shown " + SizeAndRoot(seen));
  Proof proof;
  if (seen.size > 0 && shown.size > seen.size) {
    HQ_ASSIGN_OR_RETURN(proof, ask(seen.size, shown.size));
  }
  const Status follows = CheckConsistency(seen, shown, proof);
  if (follows.ok()) return follows;
  return HistoryRefused("LEDGER_DIVERGED", SizeAndRoot(shown) + " do not continue " +
                                               SizeAndRoot(seen) + ": " +
                                               std::string(follows.message()));
}

}  // namespace hq::ledger
