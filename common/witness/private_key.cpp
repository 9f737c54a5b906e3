#include "common/witness/private_key.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "common/base/check.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kSeedBytes = 32;

// An encrypted key is refused, rather than that OpenSSL asks the terminal for a password.
int NoPassword(char*, int, int, void*) { return -1; }

EVP_PKEY* KeyInPem(std::string_view bytes) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())), BIO_free);
  HQ_CHECK(pem, "OpenSSL has memory");
  return PEM_read_bio_PrivateKey(pem.get(), nullptr, NoPassword, nullptr);
}

EVP_PKEY* KeyOfSeed(std::string_view bytes) {
  return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                      reinterpret_cast<const unsigned char*>(bytes.data()),
                                      bytes.size());
}

}  // namespace

PrivateKey ParsePrivateKey(std::string_view bytes) {
  if (bytes.empty()) return {nullptr, EVP_PKEY_free};
  ERR_set_mark();
  PrivateKey key(bytes.size() == kSeedBytes ? KeyOfSeed(bytes) : KeyInPem(bytes), EVP_PKEY_free);
  ERR_pop_to_mark();
  if (key && EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) key.reset();
  return key;
}

}  // namespace hq::ledger
