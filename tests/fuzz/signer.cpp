#include "tests/fuzz/signer.hpp"

#include "common/base/check.hpp"
#include "common/transparency/checkpoint.hpp"

namespace hq::fuzz {
namespace {

const unsigned char* Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

}  // namespace

Signer::Signer(std::string name, char seed) : name_(std::move(name)) {
  const std::string bytes(ledger::kPublicKeyBytes, seed);
  key_.reset(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Raw(bytes), bytes.size()));
  HQ_CHECK(key_, "any 32 bytes are a key");
}

ledger::VerifierKey Signer::PublicKey(ledger::KeyType type) const {
  std::string bytes(ledger::kPublicKeyBytes, '\0');
  std::size_t size = bytes.size();
  HQ_CHECK(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                       &size) == 1,
           "a key has a public half");
  return {name_, type, bytes};
}

std::string Signer::SignatureOf(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::string signature(ledger::kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  HQ_CHECK(context &&
               EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, Raw(message), message.size()) == 1,
           "a key signs");
  return signature;
}

ledger::NoteSignature Signer::Sign(std::string_view text) const {
  return {name_, PublicKey(ledger::KeyType::kEd25519).Id(), SignatureOf(text)};
}

ledger::NoteSignature Signer::Cosign(std::string_view text, std::int64_t time_s) const {
  const std::string signature = SignatureOf(ledger::CosignedMessage(text, time_s));
  return {name_, PublicKey(ledger::KeyType::kCosignatureV1).Id(),
          ledger::TimedSignature(time_s, signature)};
}

}  // namespace hq::fuzz
