// The bytes of a private Ed25519 key, as a key file has them. What is taken can sign.
#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

namespace hq::ledger {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// An unencrypted PKCS #8 key in PEM, or 32 raw bytes, the seed; null for all else. Nobody is asked
// for a password, and nothing is left among OpenSSL's errors of this thread.
PrivateKey ParsePrivateKey(std::string_view bytes);

}  // namespace hq::ledger
