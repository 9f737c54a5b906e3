// How one key of a log gives way to the next: a signed note that names both. Whoever trusts the old
// key goes over to the new one by the old one's own signature, and by nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/transparency/signed_note.hpp"
#include "common/transparency/verifier_key.hpp"

namespace hq::ledger {

// Both are a log's keys (KeyType::kEd25519) of one name.
struct KeyRotation {
  VerifierKey old_key;
  VerifierKey new_key;

  // The text of the note. kInvalidArgument if it is no such text, or if the keys have two names.
  static Result<KeyRotation> Parse(std::string_view text);
  std::string Format() const;

  bool operator==(const KeyRotation&) const = default;
};

// A statement whose signature by the new key holds, and by the old one if that is there.
struct SignedRotation {
  KeyRotation rotation;
  bool is_signed_by_old_key = false;
};

// kInvalidArgument for what is no such note; kPermissionDenied if the new key did not sign it, or
// if a signature does not hold.
Result<SignedRotation> OpenRotation(std::string_view note);

// The key to which the statements, oldest first, lead from a trusted one: `trusted` itself, if none
// of them begins with it and is signed by it. What is no statement is passed over.
VerifierKey FollowRotations(VerifierKey trusted, const std::vector<std::string>& statements);

}  // namespace hq::ledger
