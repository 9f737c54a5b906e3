#include "common/transparency/verifier_key.hpp"

#include <absl/strings/str_format.h>
#include <openssl/evp.h>

#include <memory>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kKeyTextBytesMax = 512;

Status KeyRefused(std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "not a verifier key: " + std::string(why),
                 "KEY_MALFORMED", "Write it as name+id+base64, the way its owner published it.");
}

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string TypeAndKey(const VerifierKey& key) {
  return static_cast<char>(key.type) + key.public_key;
}

}  // namespace

Result<VerifierKey> VerifierKey::Parse(std::string_view text) {
  if (text.size() > kKeyTextBytesMax) return KeyRefused("it is too long");
  const std::size_t id_at = text.find('+');
  const std::size_t key_at = id_at == text.npos ? text.npos : text.find('+', id_at + 1);
  if (key_at == text.npos) return KeyRefused("it has three parts");
  VerifierKey key;
  key.name = text.substr(0, id_at);
  if (!IsKeyName(key.name)) return KeyRefused("that is no name");
  const auto bytes = ParseBase64(text.substr(key_at + 1));
  if (!bytes.ok() || bytes->size() != 1 + kPublicKeyBytes) return KeyRefused("no key in base64");
  key.type = static_cast<KeyType>(bytes->front());
  const bool is_known = key.type == KeyType::kEd25519 || key.type == KeyType::kCosignatureV1;
  if (!is_known) return KeyRefused("a type that is not known here");
  key.public_key = bytes->substr(1);
  if (key.Format() != text) return KeyRefused("the id is not that of the key");
  return key;
}

std::string VerifierKey::Format() const {
  return name + absl::StrFormat("+%08x+", Id()) + FormatBase64(TypeAndKey(*this));
}

std::uint32_t VerifierKey::Id() const {
  std::uint32_t id = 0;
  for (const char c : Sha256(name + "\n" + TypeAndKey(*this)).substr(0, sizeof(id)))
    id = (id << 8) | static_cast<unsigned char>(c);
  return id;
}

bool VerifierKey::IsSignerOf(const NoteSignature& signature) const {
  return signature.key_name == name && signature.key_id == Id();
}

bool VerifiesEd25519(std::string_view public_key, std::string_view message,
                     std::string_view signature) {
  if (public_key.size() != kPublicKeyBytes || signature.size() != kEd25519SignatureBytes)
    return false;
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, BytesOf(public_key),
                                  public_key.size()),
      EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return key && context &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(), BytesOf(message),
                          message.size()) == 1;
}

}  // namespace hq::ledger
