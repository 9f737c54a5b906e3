#include "common/witness/signing_key.hpp"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "common/base/check.hpp"
#include "common/runtime/durable_file.hpp"
#include "common/witness/private_key.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4096;

// Wiped when it goes.
struct KeyBytes {
  std::array<unsigned char, kKeyFileBytesMax + 1> bytes{};
  std::size_t size = 0;

  KeyBytes() = default;
  KeyBytes(const KeyBytes&) = delete;
  KeyBytes& operator=(const KeyBytes&) = delete;
  ~KeyBytes() { OPENSSL_cleanse(bytes.data(), bytes.size()); }
};

class KeyFile {
 public:
  explicit KeyFile(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~KeyFile() {
    if (number_ >= 0) close(number_);
  }
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

Status NoKey(const std::string& path, std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "no key in " + path + ": " + std::string(why),
                 "KEY_MALFORMED", "Make one with: openssl genpkey -algorithm ed25519.");
}

// The rights are those of the file that is open, whatever happens to its name meanwhile.
Status ReadKeyFile(const std::string& path, KeyBytes& into) {
  const KeyFile file(path);
  struct stat about {};
  if (file.number() < 0 || fstat(file.number(), &about) != 0)
    return absl::NotFoundError("the key file " + path + " cannot be opened");
  if (!S_ISREG(about.st_mode)) return NoKey(path, "it is no file");
  if ((about.st_mode & (S_IRWXO | S_IWGRP)) != 0)
    return Refusal(absl::StatusCode::kPermissionDenied,
                   "the key file " + path + " is open to others", "KEY_FILE_OPEN",
                   "Make a new key: this one may be known. Then chmod 600.");
  while (into.size < into.bytes.size()) {
    const ssize_t count =
        read(file.number(), into.bytes.data() + into.size, into.bytes.size() - into.size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return NoKey(path, "it cannot be read");
    if (count == 0) break;
    into.size += static_cast<std::size_t>(count);
  }
  return into.size > kKeyFileBytesMax ? NoKey(path, "it is too long") : absl::OkStatus();
}

std::string NewPem() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free);
  // Of the secure kind: it wipes what it gives back.
  const std::unique_ptr<BIO, decltype(&BIO_free)> pem(BIO_new(BIO_s_secmem()), BIO_free);
  HQ_CHECK(key && pem &&
               PEM_write_bio_PKCS8PrivateKey(pem.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr) == 1,
           "OpenSSL makes an Ed25519 key");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(pem.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace

Result<SigningKey> SigningKey::FromFile(const std::string& path, std::string name) {
  if (!IsKeyName(name)) return NoKey(path, "its name is no key's name");
  KeyBytes file;
  HQ_RETURN_IF_ERROR(ReadKeyFile(path, file));
  Key key = ParsePrivateKey({reinterpret_cast<const char*>(file.bytes.data()), file.size});
  if (!key) return NoKey(path, "an Ed25519 key in PEM or 32 raw bytes is needed");
  return SigningKey(std::move(name), std::move(key));
}

Result<SigningKey> SigningKey::FromFileOrNew(const std::string& path, std::string name) {
  auto kept = FromFile(path, name);
  if (!absl::IsNotFound(kept.status())) return kept;
  std::string pem = NewPem();
  const Status written = runtime::WriteDurably(path, pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  HQ_RETURN_IF_ERROR(written);
  return FromFile(path, std::move(name));
}

VerifierKey SigningKey::PublicKey(KeyType type) const {
  VerifierKey key{name_, type, std::string(kPublicKeyBytes, '\0')};
  std::size_t size = key.public_key.size();
  HQ_CHECK(EVP_PKEY_get_raw_public_key(
               key_.get(), reinterpret_cast<unsigned char*>(key.public_key.data()), &size) == 1 &&
               size == kPublicKeyBytes,
           "an Ed25519 key has a public key");
  return key;
}

NoteSignature SigningKey::Sign(std::string_view text) const {
  return {name_, PublicKey(KeyType::kEd25519).Id(), SignatureOf(text)};
}

NoteSignature SigningKey::Cosign(std::string_view text, std::int64_t time_s) const {
  HQ_CHECK(time_s >= 0, "cosignatures are of after 1970");
  return {name_, PublicKey(KeyType::kCosignatureV1).Id(),
          TimedSignature(time_s, SignatureOf(CosignedMessage(text, time_s)))};
}

std::string SigningKey::SignatureOf(std::string_view message) const {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  std::string signature(kEd25519SignatureBytes, '\0');
  std::size_t size = signature.size();
  HQ_CHECK(context &&
               EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()),
                              &size, reinterpret_cast<const unsigned char*>(message.data()),
                              message.size()) == 1 &&
               size == kEd25519SignatureBytes,
           "an Ed25519 key signs");
  return signature;
}

}  // namespace hq::ledger
