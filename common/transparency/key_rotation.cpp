#include "common/transparency/key_rotation.hpp"

#include <absl/strings/str_split.h>

//   text := "hq-os/key-rotation/v1" LF old_key LF new_key LF
//
// The first line is no log's origin, so that a checkpoint is never taken for a statement.

namespace hq::ledger {
namespace {

constexpr std::string_view kFirstLine = "hq-os/key-rotation/v1";

Status RotationRefused(absl::StatusCode code, std::string_view why) {
  return Refusal(code, "not a rotation of keys: " + std::string(why), "ROTATION_REFUSED",
                 "Ask the ledger's operator for its key, by another way than this one.");
}

enum class Signed { kNot, kHolds, kForged };

Signed SignedBy(const SignedNote& note, const VerifierKey& key) {
  for (const NoteSignature& signature : note.signatures)
    if (key.IsSignerOf(signature))
      return VerifiesEd25519(key.public_key, note.text, signature.signature) ? Signed::kHolds
                                                                             : Signed::kForged;
  return Signed::kNot;
}

}  // namespace

Result<KeyRotation> KeyRotation::Parse(std::string_view text) {
  constexpr auto kMalformed = absl::StatusCode::kInvalidArgument;
  const std::vector<std::string> lines = absl::StrSplit(std::string(text), '\n');
  if (lines.size() != 4 || lines[0] != kFirstLine || !lines[3].empty())
    return RotationRefused(kMalformed, "it has three lines");
  KeyRotation rotation;
  HQ_ASSIGN_OR_RETURN(rotation.old_key, VerifierKey::Parse(lines[1]));
  HQ_ASSIGN_OR_RETURN(rotation.new_key, VerifierKey::Parse(lines[2]));
  for (const VerifierKey* key : {&rotation.old_key, &rotation.new_key})
    if (key->type != KeyType::kEd25519) return RotationRefused(kMalformed, "a witness's key");
  if (rotation.old_key.name != rotation.new_key.name)
    return RotationRefused(kMalformed, "the keys have two names");
  return rotation;
}

std::string KeyRotation::Format() const {
  return std::string(kFirstLine) + "\n" + old_key.Format() + "\n" + new_key.Format() + "\n";
}

Result<SignedRotation> OpenRotation(std::string_view note) {
  HQ_ASSIGN_OR_RETURN(const SignedNote parsed, ParseSignedNote(note));
  SignedRotation opened;
  HQ_ASSIGN_OR_RETURN(opened.rotation, KeyRotation::Parse(parsed.text));
  const Signed by_old = SignedBy(parsed, opened.rotation.old_key);
  if (SignedBy(parsed, opened.rotation.new_key) != Signed::kHolds || by_old == Signed::kForged)
    return RotationRefused(absl::StatusCode::kPermissionDenied, "a signature does not hold");
  opened.is_signed_by_old_key = by_old == Signed::kHolds;
  return opened;
}

VerifierKey FollowRotations(VerifierKey trusted, const std::vector<std::string>& statements) {
  for (const std::string& statement : statements) {
    const auto opened = OpenRotation(statement);
    if (opened.ok() && opened->is_signed_by_old_key && opened->rotation.old_key == trusted)
      trusted = opened->rotation.new_key;
  }
  return trusted;
}

}  // namespace hq::ledger
