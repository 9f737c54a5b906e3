#include "common/base/sha256_stream.hpp"

#include <openssl/evp.h>

#include "common/base/check.hpp"

namespace hq {

struct Sha256Stream::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256Stream::Sha256Stream() : state_(std::make_unique<State>()) {
  HQ_CHECK(state_->context && EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1,
           "SHA-256 can begin");
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Add(std::string_view bytes) {
  HQ_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1,
           "SHA-256 takes bytes");
}

std::string Sha256Stream::Finish() {
  std::string digest(32, '\0');
  HQ_CHECK(EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(digest.data()),
                              nullptr) == 1,
           "SHA-256 ends");
  return digest;
}

}  // namespace hq
