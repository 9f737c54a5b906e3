// Verifier keys in text: one spelling, and the id is the key's.
#include "common/transparency/verifier_key.hpp"

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool VerifierKey(std::string_view bytes) {
  const auto key = ledger::VerifierKey::Parse(bytes);
  if (!key.ok()) {
    CheckRefusal(key.status());
    return false;
  }
  HQ_CHECK(key->Format() == bytes, "a key has one spelling");
  HQ_CHECK(ledger::IsKeyName(key->name) && key->public_key.size() == ledger::kPublicKeyBytes,
           "a key has a name and its bytes");
  HQ_CHECK(!key->IsSignerOf({key->name, key->Id() + 1, ""}) &&
               key->IsSignerOf({key->name, key->Id(), ""}),
           "it knows its own signatures");
  HQ_CHECK(!ledger::VerifiesEd25519(key->public_key, "message", std::string(64, 's')),
           "nothing verifies by chance");
  return true;
}

}  // namespace hq::fuzz
