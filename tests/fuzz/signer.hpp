// Signs for a fuzzer: a key pair made of its seed alone, so that a note that was made once is the
// same for ever.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/transparency/signed_note.hpp"
#include "common/transparency/verifier_key.hpp"

namespace hq::fuzz {

class Signer {
 public:
  // `name` is a key's name; 32 bytes of `seed` make the key.
  Signer(std::string name, char seed);

  ledger::VerifierKey PublicKey(ledger::KeyType type) const;
  // Ed25519 of the message.
  std::string SignatureOf(std::string_view message) const;

  // As a log signs, and as a witness does.
  ledger::NoteSignature Sign(std::string_view text) const;
  ledger::NoteSignature Cosign(std::string_view text, std::int64_t time_s) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };

  std::string name_;
  std::unique_ptr<EVP_PKEY, Free> key_;
};

}  // namespace hq::fuzz
