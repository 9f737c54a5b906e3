#include "services/ledger/adapters/transparency.hpp"

#include <algorithm>

#include "common/runtime/log.hpp"
#include "common/witness/verifier_key_file.hpp"

namespace hq::ledger {
namespace {

Status Damaged(const std::string& path, const Status& why) {
  return Refusal(
      absl::StatusCode::kDataLoss,
      path + " is not what this ledger wrote: " + std::string(why.message()),
      "CHECKPOINT_FILE_DAMAGED",
      "Run: hq-ledger repair. It puts the file aside if something else that is signed says "
      "that the store is whole.");
}

Status NotCosigned() {
  return Refusal(absl::StatusCode::kPermissionDenied, "no known witness cosigned it",
                 "NOT_COSIGNED", "Add the witness's verifier key to HQ_WITNESS_KEYS_FILE.");
}

}  // namespace

Result<std::unique_ptr<Transparency>> Transparency::Open(
    const TransparencySettings& settings, const Readiness& readiness, TreeAccess tree,
    std::unique_ptr<EventLog> own, runtime::Metrics& metrics, std::vector<std::string> forks,
    Checkpointer::Keep keep) {
  std::vector<VerifierKey> witnesses;
  if (!settings.witness_keys_file.empty()) {
    HQ_ASSIGN_OR_RETURN(witnesses,
                        ReadVerifierKeys(settings.witness_keys_file, KeyType::kCosignatureV1));
  }
  HQ_ASSIGN_OR_RETURN(auto signer, LogSigner::Open(settings.signer, *own));
  std::unique_ptr<Transparency> opened(
      new Transparency(settings, readiness, std::move(tree), std::move(own), std::move(signer),
                       witnesses, metrics, std::move(forks), std::move(keep)));
  HQ_RETURN_IF_ERROR(opened->LoadFiles());
  return opened;
}

Transparency::Transparency(const TransparencySettings& settings, const Readiness& readiness,
                           TreeAccess tree, std::unique_ptr<EventLog> own,
                           std::unique_ptr<LogSigner> signer,
                           const std::vector<VerifierKey>& witnesses, runtime::Metrics& metrics,
                           std::vector<std::string> forks, Checkpointer::Keep keep)
    : readiness_(readiness),
      own_(std::move(own)),
      signer_(std::move(signer)),
      forks_(std::move(forks)),
      proofs_(std::move(tree)),
      files_(settings.data_dir),
      board_(witnesses),
      gate_(proofs_, signer_->epoch(), signer_->OpenOwnForks(forks_), witnesses.size(),
            settings.witness_patience, metrics),
      checkpointer_(
          proofs_, *signer_, [this] { return CheckServing(); }, board_, files_, metrics,
          [this, keep = std::move(keep)](const std::string& note) {
            ForgetReturned(note);
            if (keep) keep(note);
          },
          settings.times) {}

Status Transparency::CheckServing() {
  HQ_RETURN_IF_ERROR(readiness_.Check());
  return gate_.Check();
}

Status Transparency::CheckRecording() {
  HQ_RETURN_IF_ERROR(readiness_.CheckRecording());
  return gate_.Check();
}

Status Transparency::LoadFiles() {
  HQ_ASSIGN_OR_RETURN(const auto kept, files_.LoadCheckpoint());
  if (kept) {
    const auto checkpoint = signer_->OpenOwn(*kept);
    if (!checkpoint.ok()) return Damaged(files_.checkpoint_file(), checkpoint.status());
    gate_.Learn("this machine's checkpoint file", checkpoint->checkpoint);
  }
  HQ_ASSIGN_OR_RETURN(const auto witnessed, files_.LoadWitnessed());
  if (witnessed) {
    // This log's own signature is enough, whoever showed it: the witness may be away for long.
    const auto shown = signer_->OpenOwn(*witnessed);
    if (!shown.ok()) return Damaged(files_.witnessed_file(), shown.status());
    const Learned learned = gate_.Learn("a witness before this start", shown->checkpoint);
    const std::lock_guard lock(missing_mutex_);
    if (learned == Learned::kMissing) missing_ = ReachOf(shown->checkpoint);
    if (learned == Learned::kHere) returned_size_ = shown->checkpoint.head.size;
  }
  HQ_ASSIGN_OR_RETURN(const auto notes, files_.LoadCosigned());
  for (const std::string& note : notes) {
    // A witness that is none any more has nothing to say.
    const Status taken = Compare(note).status();
    if (!taken.ok() && AdviceOf(taken).reason != "NOT_COSIGNED")
      return Damaged(files_.cosigned_file(), taken);
  }
  return LoadOther();
}

Status Transparency::LoadOther() {
  HQ_ASSIGN_OR_RETURN(const auto kept, files_.LoadWitnessedOther());
  if (!kept) return absl::OkStatus();
  const auto note = ParseSignedNote(*kept);
  const auto checkpoint =
      note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.status());
  const Status sound =
      checkpoint.ok() ? CosignaturesOf(*note, board_.witnesses()).status() : checkpoint.status();
  if (!sound.ok()) return Damaged(files_.witnessed_other_file(), sound);
  is_other_kept_ = TakeOfOther(*kept);
  // If it is of this ledger, the right one lies here now, and is held against it as all else is; a
  // witness that is none any more has nothing to say.
  if (!is_other_kept_) Compare(*kept).IgnoreError();
  return absl::OkStatus();
}

Result<std::vector<Cosignature>> Transparency::Compare(const std::string& note) {
  HQ_ASSIGN_OR_RETURN(const SignedCheckpoint shown, signer_->OpenOwn(note));
  HQ_ASSIGN_OR_RETURN(auto cosignatures, CosignaturesOf(shown.note, board_.witnesses()));
  if (cosignatures.empty()) return NotCosigned();
  Learned learned = Learned::kHere;
  for (const Cosignature& one : cosignatures)
    learned = std::max(learned, gate_.Learn(one.witness, shown.checkpoint));
  if (learned == Learned::kMissing) KeepMissing(shown);
  if (learned != Learned::kHere) return cosignatures;
  // Signed anew, so that nothing else that stood under the note comes along.
  const SignedCheckpoint own = signer_->Sign(shown.checkpoint.head);
  if (own.note.text == shown.note.text) board_.Cosign(own, shown.note, cosignatures);
  return cosignatures;
}

void Transparency::KeepMissing(const SignedCheckpoint& shown) {
  const std::lock_guard lock(missing_mutex_);
  if (ReachOf(shown.checkpoint) <= missing_) return;
  const Status kept = files_.StoreWitnessed(shown);
  if (!kept.ok()) {
    log::Error("witnessed_not_kept", {{"error", kept.ToString()}});
    return;
  }
  missing_ = ReachOf(shown.checkpoint);
  returned_size_.reset();  // What came back stands there no more.
}

// The key that signed it may be rotated away; nobody could tell then that it is what it was.
void Transparency::ForgetReturned(const std::string& checkpoint) {
  const std::lock_guard lock(missing_mutex_);
  if (!returned_size_) return;
  const auto kept = signer_->OpenOwn(checkpoint);
  if (!kept.ok() || kept->checkpoint.head.size < *returned_size_) return;
  returned_size_.reset();  // If it cannot be removed, the next start has another try.
  const Status removed = files_.RemoveWitnessed();
  if (!removed.ok()) log::Error("witnessed_not_removed", {{"error", removed.ToString()}});
}

// The other ledger's key is not known here, so its signature is not asked for. The witness's key
// must have signed this very text: else anybody could close the gate.
bool Transparency::TakeOfOther(const std::string& note) {
  const auto shown = ParseSignedNote(note);
  if (!shown.ok()) return false;
  const auto checkpoint = Checkpoint::Parse(shown->text);
  if (!checkpoint.ok() || !signer_->IsOfOtherLedger(checkpoint->origin)) return false;
  const auto cosignatures = CosignaturesOf(*shown, board_.witnesses());
  if (!cosignatures.ok() || cosignatures->empty()) return false;
  for (const Cosignature& one : *cosignatures) gate_.LearnOfOther(one.witness, *checkpoint);
  return true;
}

// The first that was shown: one reason is enough.
void Transparency::KeepOther(const std::string& note) {
  const std::lock_guard lock(missing_mutex_);
  if (is_other_kept_) return;
  const Status kept = files_.StoreWitnessedOther(note);
  is_other_kept_ = kept.ok();
  if (!kept.ok()) log::Error("witnessed_not_kept", {{"error", kept.ToString()}});
}

Status Transparency::Take(const std::string& note) {
  if (TakeOfOther(note)) {
    KeepOther(note);
    return absl::OkStatus();
  }
  HQ_ASSIGN_OR_RETURN(const auto cosignatures, Compare(note));
  for (const Cosignature& one : cosignatures) gate_.Hear(one.witness);
  return absl::OkStatus();
}

Status Transparency::Hear(const std::string& witness) {
  for (const VerifierKey& key : board_.witnesses())
    if (key.name == witness) {
      gate_.Hear(witness);
      return absl::OkStatus();
    }
  return NotCosigned();
}

void Transparency::Fill(v1::LedgerStatus& status) const {
  constexpr std::int64_t kMicrosPerSecond = 1'000'000;
  if (const auto latest = board_.Latest())
    status.mutable_positions()->set_checkpointed(latest->checkpoint.head.size);
  for (const WitnessStanding& standing : board_.Standings()) {
    auto& witness = *status.add_witnesses();
    witness.set_name(standing.key.name);
    witness.set_tree_size(standing.size);
    witness.set_cosigned_at_us(standing.cosigned_at_s * kMicrosPerSecond);
  }
}

}  // namespace hq::ledger
