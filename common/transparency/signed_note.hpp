// A text with signatures under it, as C2SP signed-note writes it. What is parsed is canonical:
// formatting it again gives the same bytes. Parsing says nothing about whether a signature holds.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hq::ledger {

inline constexpr std::size_t kNoteBytesMax = 64 * 1024;
inline constexpr std::size_t kNoteSignaturesMax = 32;  // The specification asks for at least 16.
inline constexpr std::size_t kSignatureBytesMax = 6 * 1024;  // The largest kinds have 5 kB.
inline constexpr std::size_t kKeyNameBytesMax = 255;

struct NoteSignature {
  std::string key_name;
  std::uint32_t key_id = 0;
  std::string signature;  // Raw; its form is the key's affair.

  bool operator==(const NoteSignature&) const = default;
};

struct SignedNote {
  std::string text;  // With its last newline: what is signed.
  std::vector<NoteSignature> signatures;

  bool operator==(const SignedNote&) const = default;
};

// kInvalidArgument saying what is wrong. Two signatures of one key are refused.
Result<SignedNote> ParseSignedNote(std::string_view bytes);

std::string FormatSignedNote(const SignedNote& note);

// Not empty, UTF-8, without spaces, control characters and '+'.
bool IsKeyName(std::string_view text);

// Standard base64 with padding, in the one way in which those bytes are written. kInvalidArgument
// if it is something else.
Result<std::string> ParseBase64(std::string_view text);
std::string FormatBase64(std::string_view bytes);

}  // namespace hq::ledger
