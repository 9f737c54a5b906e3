#include "common/witness/signing_key.hpp"

#include <absl/strings/escaping.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>

#include "tests/support/key_file.hpp"
#include "tests/unit/common/known_note.hpp"

namespace hq::ledger {
namespace {

using testing::KeyFile;
using testing::TempDir;

// The seed of that key.
const std::string kKnownSeed =
    absl::HexStringToBytes("810a1402d5146c8d84f2443330f54080ebf98ee17d9c74f6252fc5d5c7283173");

std::string PemOf(const std::string& seed, const EVP_CIPHER* cipher) {
  EVP_PKEY* key = EVP_PKEY_new_raw_private_key(
      EVP_PKEY_ED25519, nullptr, reinterpret_cast<const unsigned char*>(seed.data()), seed.size());
  BIO* memory = BIO_new(BIO_s_mem());
  std::string password = "password";
  PEM_write_bio_PKCS8PrivateKey(memory, key, cipher, cipher ? password.data() : nullptr,
                                cipher ? static_cast<int>(password.size()) : 0, nullptr, nullptr);
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &bytes));
  const std::string pem(bytes, size);
  BIO_free(memory);
  EVP_PKEY_free(key);
  return pem;
}

absl::StatusCode CodeOf(const std::string& path, const std::string& name = "log.example/hq") {
  return SigningKey::FromFile(path, name).status().code();
}

TEST(SigningKeyTest, MakesTheKnownSignature) {
  const TempDir directory;
  const auto key = SigningKey::FromFile(KeyFile(directory, "key", kKnownSeed), "PeterNeumann");
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->PublicKey(KeyType::kEd25519).Format(), kKnownKey);
  const std::string note = FormatSignedNote({std::string(kKnownText), {key->Sign(kKnownText)}});
  EXPECT_EQ(note, std::string(kKnownText) + "\n" + std::string(kKnownLine));
}

TEST(SigningKeyTest, APemFileIsTheSameKey) {
  const TempDir directory;
  const auto raw = SigningKey::FromFile(KeyFile(directory, "raw", kKnownSeed), "log");
  const auto pem =
      SigningKey::FromFile(KeyFile(directory, "pem", PemOf(kKnownSeed, nullptr), 0640), "log");
  ASSERT_TRUE(pem.ok()) << pem.status();
  EXPECT_EQ(pem->PublicKey(KeyType::kEd25519), raw->PublicKey(KeyType::kEd25519));
}

TEST(SigningKeyTest, AFileThatOthersCanReadIsRefused) {
  const TempDir directory;
  for (const mode_t rights : {0644, 0604, 0602, 0601, 0620, 0660}) {
    const Status refused =
        SigningKey::FromFile(KeyFile(directory, "key", kKnownSeed, rights), "log").status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << rights;
    EXPECT_EQ(AdviceOf(refused).reason, "KEY_FILE_OPEN") << rights;
  }
  EXPECT_EQ(CodeOf(KeyFile(directory, "key", kKnownSeed, 0440)), absl::StatusCode::kOk);
}

TEST(SigningKeyTest, WhatIsNoKeyIsRefusedAndNotShown) {
  const TempDir directory;
  EXPECT_EQ(CodeOf(directory / "absent"), absl::StatusCode::kNotFound);
  EXPECT_EQ(CodeOf(directory.path()), absl::StatusCode::kInvalidArgument);
  const std::string encrypted = PemOf(kKnownSeed, EVP_aes_256_cbc());
  ASSERT_NE(encrypted.find("ENCRYPTED"), std::string::npos);
  for (const std::string& bytes :
       {std::string(), kKnownSeed + "\n", kKnownSeed.substr(1), std::string("secret words"),
        encrypted, PemOf(kKnownSeed, nullptr).substr(0, 60), std::string(5'000, 'x')}) {
    const auto key = SigningKey::FromFile(KeyFile(directory, "key", bytes), "log");
    EXPECT_EQ(key.status().code(), absl::StatusCode::kInvalidArgument) << key.status();
    EXPECT_EQ(AdviceOf(key.status()).reason, "KEY_MALFORMED");
    EXPECT_EQ(std::string(key.status().message()).find("secret"), std::string::npos);
  }
  EXPECT_EQ(CodeOf(KeyFile(directory, "key", kKnownSeed), "a name"),
            absl::StatusCode::kInvalidArgument);
}

TEST(SigningKeyTest, AnotherKindOfKeyIsRefused) {
  const TempDir directory;
  EVP_PKEY* key = EVP_EC_gen("P-256");
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PKCS8PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* bytes = nullptr;
  const auto size = static_cast<std::size_t>(BIO_get_mem_data(memory, &bytes));
  EXPECT_EQ(CodeOf(KeyFile(directory, "key", std::string(bytes, size))),
            absl::StatusCode::kInvalidArgument);
  BIO_free(memory);
  EVP_PKEY_free(key);
}

}  // namespace
}  // namespace hq::ledger
