// A public key by which notes are checked: Ed25519, of a log or of a witness. In text it is
// "name+hex8+base64", the form of C2SP signed notes; the eight digits are the key's id.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "common/transparency/signed_note.hpp"

namespace hq::ledger {

inline constexpr std::size_t kPublicKeyBytes = 32;
inline constexpr std::size_t kEd25519SignatureBytes = 64;

// Published: never renumber.
enum class KeyType : unsigned char {
  kEd25519 = 0x01,        // Signs the text: a log's key.
  kCosignatureV1 = 0x04,  // Signs the time and the text: a witness's key.
};

struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kEd25519;
  std::string public_key;  // kPublicKeyBytes.

  // kInvalidArgument if it is malformed, of another type, or if the id is not that of the key.
  static Result<VerifierKey> Parse(std::string_view text);
  std::string Format() const;

  // The first four bytes of SHA-256(name || LF || type || public key).
  std::uint32_t Id() const;

  // Whether the signature says that it was made by this key.
  bool IsSignerOf(const NoteSignature& signature) const;

  bool operator==(const VerifierKey&) const = default;
};

// Whether it is a signature of the message: Ed25519 as RFC 8032 has it.
bool VerifiesEd25519(std::string_view public_key, std::string_view message,
                     std::string_view signature);

}  // namespace hq::ledger
