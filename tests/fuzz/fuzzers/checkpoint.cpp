// Checkpoints: the text has one spelling, and it is believed only as its log signed it.
#include "common/transparency/checkpoint.hpp"

#include "common/base/check.hpp"
#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/signer.hpp"

namespace hq::fuzz {
namespace {

void CheckSigned(const ledger::Checkpoint& checkpoint, std::string_view text) {
  if (!ledger::IsKeyName(checkpoint.origin)) return;
  const Signer log(checkpoint.origin, 'l');
  const auto key = log.PublicKey(ledger::KeyType::kEd25519);
  ledger::SignedNote note{std::string(text), {log.Sign(text)}};
  const std::string bytes = ledger::FormatSignedNote(note);
  if (!ledger::ParseSignedNote(bytes).ok()) return;
  const auto opened = ledger::OpenCheckpoint(bytes, key);
  HQ_CHECK(opened.ok() && opened->checkpoint.Format() == text, "what the log signed is opened");
  note.signatures[0].signature[text.size() % ledger::kEd25519SignatureBytes] ^= 1;
  const auto forged = ledger::OpenCheckpoint(ledger::FormatSignedNote(note), key);
  HQ_CHECK(absl::IsPermissionDenied(forged.status()), "a forged signature is refused");
  const auto other = ledger::OpenCheckpoint(
      bytes, Signer(checkpoint.origin, 'o').PublicKey(ledger::KeyType::kEd25519));
  HQ_CHECK(absl::IsPermissionDenied(other.status()), "another key's checkpoint is refused");
}

}  // namespace

bool Checkpoint(std::string_view bytes) {
  const auto checkpoint = ledger::Checkpoint::Parse(bytes);
  if (!checkpoint.ok()) {
    CheckRefusal(checkpoint.status());
    return false;
  }
  HQ_CHECK(checkpoint->Format() == bytes, "a checkpoint has one spelling");
  HQ_CHECK(checkpoint->head.size <= ledger::kTreeSizeMax &&
               checkpoint->head.root.size() == ledger::kHashBytes,
           "its head is one");
  static_cast<void>(checkpoint->epoch());
  CheckSigned(*checkpoint, bytes);
  return true;
}

}  // namespace hq::fuzz
