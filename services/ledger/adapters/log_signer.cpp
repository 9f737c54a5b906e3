#include "services/ledger/adapters/log_signer.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/runtime/durable_file.hpp"
#include "common/runtime/log.hpp"
#include "common/witness/verifier_key_file.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {
namespace {

constexpr std::string_view kOriginPrefix = "hq-os/";

}  // namespace

Result<std::unique_ptr<LogSigner>> LogSigner::Open(const LogSignerSettings& settings,
                                                   EventLog& log) {
  HQ_ASSIGN_OR_RETURN(const auto head, log.Head());
  const std::string origin = std::string(kOriginPrefix) + head.head().log_id();
  const bool is_new = absl::IsNotFound(SigningKey::FromFile(settings.key_file, origin).status());
  const auto published = ReadVerifierKey(settings.public_file, KeyType::kEd25519);
  if (is_new && !absl::IsNotFound(published.status()))
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "the signing key is gone: there is no " + settings.key_file, "SIGNING_KEY_GONE",
                   "Put it back. If it is lost, make another (openssl genpkey -algorithm ed25519) "
                   "and tell everybody who trusts the old one.");
  HQ_ASSIGN_OR_RETURN(auto signing, SigningKey::FromFileOrNew(settings.key_file, origin));
  if (is_new) log::Warn("signing_key_made", {{"file", settings.key_file}});
  std::unique_ptr<LogSigner> signer(
      new LogSigner(settings, log, std::move(signing), head.head().epoch()));
  HQ_RETURN_IF_ERROR(signer->LoadRotations());
  HQ_RETURN_IF_ERROR(signer->PrepareRotation());
  return signer;
}

LogSigner::LogSigner(LogSignerSettings settings, EventLog& log, SigningKey signing,
                     std::uint64_t epoch)
    : settings_(std::move(settings)),
      log_(log),
      signing_(std::move(signing)),
      key_(signing_.PublicKey(KeyType::kEd25519)),
      epoch_(epoch),
      known_({key_}) {}

std::vector<std::string> LogSigner::rotations() const {
  const std::lock_guard lock(mutex_);
  return rotations_;
}

SignedCheckpoint LogSigner::Sign(const TreeHead& head) const {
  SignedCheckpoint made;
  made.checkpoint = {key_.name, head, {EpochLine(epoch_)}};
  made.note.text = made.checkpoint.Format();
  made.note.signatures.push_back(signing_.Sign(made.note.text));
  return made;
}

Result<SignedCheckpoint> LogSigner::OpenOwn(std::string_view note) const {
  const std::lock_guard lock(mutex_);
  Result<SignedCheckpoint> opened = absl::InternalError("a log has a key");
  for (const VerifierKey& key : known_) {
    opened = OpenCheckpoint(note, key);
    if (opened.ok() || !absl::IsPermissionDenied(opened.status())) break;
  }
  return opened;
}

bool LogSigner::IsOfOtherLedger(std::string_view origin) const {
  return origin.starts_with(kOriginPrefix) && origin != key_.name;
}

std::vector<Fork> LogSigner::OpenOwnForks(const std::vector<std::string>& notes) const {
  const std::lock_guard lock(mutex_);
  return OpenForks(notes, known_);
}

Status LogSigner::LoadRotations() {
  HQ_ASSIGN_OR_RETURN(const auto end, log_.Head());
  const Position head = end.head().position();
  v1::ReadRequest request;
  request.mutable_filter()->set_stream(std::string(kOwnStream));
  request.mutable_filter()->set_event("signing_key_rotated");
  while (request.after_position() < head) {
    HQ_ASSIGN_OR_RETURN(const Page page, log_.Read(request));
    for (const Recorded& recorded : page.records) {
      v1::LedgerEvent event;
      HQ_RETURN_IF_ERROR(UnpackEvent(recorded.record.data(), event));
      rotations_.push_back(event.signing_key_rotated().statement());
      HQ_ASSIGN_OR_RETURN(known_.emplace_back(),
                          VerifierKey::Parse(event.signing_key_rotated().old_key()));
      HQ_ASSIGN_OR_RETURN(known_.emplace_back(),
                          VerifierKey::Parse(event.signing_key_rotated().new_key()));
    }
    if (page.scanned_to <= request.after_position()) break;
    request.set_after_position(page.scanned_to);
  }
  return absl::OkStatus();
}

// The key until now is that of the last rotation, else the one that the public file shows.
Status LogSigner::PrepareRotation() {
  std::optional<VerifierKey> old_key;
  const auto published = ReadVerifierKey(settings_.public_file, KeyType::kEd25519);
  if (rotations_.empty() && absl::IsNotFound(published.status()))
    return runtime::WriteDurably(settings_.public_file, key_.Format() + "\n");
  if (!rotations_.empty()) {
    old_key = known_.back();
  } else {
    HQ_RETURN_IF_ERROR(published.status());
    old_key = *published;
  }
  if (*old_key == key_) return runtime::WriteDurably(settings_.public_file, key_.Format() + "\n");
  known_.push_back(*old_key);
  SignedNote note{KeyRotation{*old_key, key_}.Format(), {}};
  v1::SigningKeyRotated rotated;
  if (!settings_.old_key_file.empty()) {
    HQ_ASSIGN_OR_RETURN(const auto old_signing,
                        SigningKey::FromFile(settings_.old_key_file, old_key->name));
    if (old_signing.PublicKey(KeyType::kEd25519) != *old_key)
      return Refusal(absl::StatusCode::kInvalidArgument,
                     "the old signing key is not the one that was used until now",
                     "KEY_NOT_THE_OLD_ONE", "Name the file of " + old_key->Format() + ".");
    note.signatures.push_back(old_signing.Sign(note.text));
    rotated.set_is_signed_by_old_key(true);
  }
  note.signatures.push_back(signing_.Sign(note.text));
  rotated.set_old_key(old_key->Format());
  rotated.set_new_key(key_.Format());
  rotated.set_statement(FormatSignedNote(note));
  pending_ = std::move(rotated);
  return absl::OkStatus();
}

Status LogSigner::RecordRotation() {
  if (!pending_) return absl::OkStatus();
  v1::LedgerEvent event;
  *event.mutable_signing_key_rotated() = *pending_;
  // The same key may come back later, so the number of rotations counts too.
  auto request = AppendOf(event, "signing-key-" + KeyOf({pending_->old_key(), pending_->new_key(),
                                                         std::to_string(rotations().size())}));
  HQ_RETURN_IF_ERROR(log_.Append(std::move(request)).status());
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(settings_.public_file, key_.Format() + "\n"));
  const std::lock_guard lock(mutex_);
  rotations_.push_back(pending_->statement());
  log::Info("signing_key_rotated", {{"log_key", key_.Format()}});
  pending_.reset();
  return absl::OkStatus();
}

}  // namespace hq::ledger
