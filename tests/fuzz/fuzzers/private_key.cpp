// Key files: what is taken can sign, and is one key however it is written. Nothing else is taken,
// and nobody is asked for a password.
#include "common/witness/private_key.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>

#include "common/base/check.hpp"
#include "common/transparency/signed_note.hpp"
#include "common/transparency/verifier_key.hpp"
#include "tests/fuzz/fuzzers.hpp"

namespace hq::fuzz {
namespace {

constexpr std::size_t kKeySeedBytes = 32;

std::string PemOf(EVP_PKEY* key) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  HQ_CHECK(memory && PEM_write_bio_PKCS8PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr,
                                                   nullptr) == 1,
           "a key can be written");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string SeedOf(EVP_PKEY* key) {
  std::string seed(kKeySeedBytes, '\0');
  std::size_t size = seed.size();
  HQ_CHECK(EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(seed.data()),
                                        &size) == 1 &&
               size == kKeySeedBytes,
           "a key has a seed");
  return seed;
}

void CheckSigns(EVP_PKEY* key) {
  std::string half(ledger::kPublicKeyBytes, '\0');
  std::size_t half_size = half.size();
  HQ_CHECK(EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(half.data()),
                                       &half_size) == 1,
           "a key has a public half");
  const std::string message = "a head";
  std::string signature(ledger::kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  HQ_CHECK(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key) == 1 &&
               EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, reinterpret_cast<const unsigned char*>(message.data()),
                              message.size()) == 1,
           "a key signs");
  HQ_CHECK(ledger::VerifiesEd25519(half, message, signature), "its public half verifies");
  HQ_CHECK(!ledger::VerifiesEd25519(half, message + "s", signature), "and nothing else");
}

}  // namespace

bool PrivateKey(std::string_view bytes) {
  ERR_clear_error();
  const auto key = ledger::ParsePrivateKey(bytes);
  HQ_CHECK(ERR_peek_error() == 0, "no error is left for whoever uses OpenSSL next");
  const bool is_seed = bytes.size() == kKeySeedBytes;
  if (!key) {
    HQ_CHECK(!is_seed, "any 32 bytes are a key");
    return false;
  }
  HQ_CHECK(EVP_PKEY_get_id(key.get()) == EVP_PKEY_ED25519, "no other kind of key is taken");
  HQ_CHECK(is_seed || bytes.find("-----BEGIN ") != std::string_view::npos,
           "a key is a seed or PEM");
  const std::string seed = SeedOf(key.get());
  HQ_CHECK(!is_seed || seed == bytes, "a seed is kept");
  for (const std::string& written : {seed, PemOf(key.get())}) {
    const auto again = ledger::ParsePrivateKey(written);
    HQ_CHECK(again && EVP_PKEY_eq(key.get(), again.get()) == 1 && SeedOf(again.get()) == seed,
             "written and read it is the same key");
  }
  CheckSigns(key.get());
  return true;
}

}  // namespace hq::fuzz
