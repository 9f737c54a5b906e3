// The private Ed25519 key of a log or of a witness, read from a file that nobody else can read. It
// signs, and is never shown: there is no way to get it out of this object.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/transparency/checkpoint.hpp"

namespace hq::ledger {

// Thread-safe: OpenSSL's key is not changed after it was read.
class SigningKey {
 public:
  // A PEM file with an unencrypted PKCS #8 key, or 32 raw bytes, the seed. kNotFound if there is no
  // such file; kPermissionDenied if others may read it or anybody but its owner write it;
  // kInvalidArgument for all that is no such key, or if `name` is no key's name.
  static Result<SigningKey> FromFile(const std::string& path, std::string name);

  // As FromFile; if there is no such file, a new key is made and written there as PEM, readable for
  // its owner alone and on the disk when this returns. kUnavailable if it cannot be written.
  static Result<SigningKey> FromFileOrNew(const std::string& path, std::string name);

  // What the public may have: for the log kEd25519, for a witness kCosignatureV1.
  VerifierKey PublicKey(KeyType type) const;

  // As the log.
  NoteSignature Sign(std::string_view text) const;

  // As a witness. The time is not negative.
  NoteSignature Cosign(std::string_view text, std::int64_t time_s) const;

 private:
  using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

  SigningKey(std::string name, Key key) : name_(std::move(name)), key_(std::move(key)) {}

  std::string SignatureOf(std::string_view message) const;

  std::string name_;
  Key key_;
};

}  // namespace hq::ledger
