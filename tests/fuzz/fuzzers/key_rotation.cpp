// How one key gives way to the next: only by its own signature, and to no other.
#include "common/transparency/key_rotation.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/fuzz/promises.hpp"
#include "tests/fuzz/signer.hpp"

namespace hq::fuzz {
namespace {

// Input: who signs (bits: old, new), which byte of the first signature to change, by what; then the
// name of both keys.
bool Signed(Input input) {
  const std::uint8_t who = input.Byte();
  const std::uint8_t place = input.Byte();
  const std::uint8_t change = input.Byte();
  const std::string name(input.rest());
  if (!ledger::IsKeyName(name) || name.size() > ledger::kKeyNameBytesMax) return false;
  const Signer old_signer(name, 'o'), new_signer(name, 'n');
  const auto old_key = old_signer.PublicKey(ledger::KeyType::kEd25519);
  const auto new_key = new_signer.PublicKey(ledger::KeyType::kEd25519);
  const std::string text = ledger::KeyRotation{old_key, new_key}.Format();
  ledger::SignedNote note{text, {}};
  if ((who & 1) != 0) note.signatures.push_back(old_signer.Sign(text));
  if ((who & 2) != 0) note.signatures.push_back(new_signer.Sign(text));
  if (note.signatures.empty()) return false;
  std::string& signature = note.signatures[0].signature;
  signature[place % signature.size()] ^= static_cast<char>(change);
  const std::string bytes = ledger::FormatSignedNote(note);
  const auto opened = ledger::OpenRotation(bytes);
  HQ_CHECK(opened.ok() == (change == 0 && (who & 2) != 0),
           "the new key must sign, and nobody forge");
  if (!opened.ok()) {
    CheckRefusal(opened.status());
  } else {
    HQ_CHECK(opened->is_signed_by_old_key == ((who & 1) != 0), "it says who signed");
  }
  const bool gives_way = opened.ok() && (who & 1) != 0;
  HQ_CHECK(ledger::FollowRotations(old_key, {bytes}) == (gives_way ? new_key : old_key),
           "trust goes over by the old key's word alone");
  return opened.ok();
}

}  // namespace

bool KeyRotation(std::string_view bytes) {
  const auto rotation = ledger::KeyRotation::Parse(bytes);
  if (rotation.ok()) {
    HQ_CHECK(rotation->Format() == bytes, "a rotation has one spelling");
    return true;
  }
  CheckRefusal(rotation.status());
  HQ_CHECK(!ledger::OpenRotation(bytes).ok(), "nobody's rotation is one");
  return Signed(Input(bytes));
}

}  // namespace hq::fuzz
