#include "common/transparency/signed_note.hpp"

#include <absl/strings/escaping.h>

#include <algorithm>

#include "common/base/text.hpp"
#include "common/transparency/unicode.hpp"

//   note      := text LF signature+
//   text      := (line LF)+, to the last empty line of the note
//   signature := EM DASH ' ' key_name ' ' base64(key_id bytes) LF
//   key_id    := 4 bytes, the most significant first
//   bytes     := at least one

namespace hq::ledger {
namespace {

constexpr std::string_view kDash = "\xe2\x80\x94 ";
constexpr std::size_t kKeyIdBytes = 4;

Status NoteRefused(std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "not a signed note: " + std::string(why),
                 "NOTE_MALFORMED", "See C2SP signed-note for the form.");
}

// UTF-8, and of the control characters below U+0020 only the newline.
bool IsNoteText(std::string_view text) {
  while (!text.empty()) {
    const auto character = TakeCharacter(text);
    if (!character || (*character < 0x20 && *character != '\n')) return false;
  }
  return true;
}

std::string KeyIdBytes(std::uint32_t key_id) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>((key_id >> shift) & 0xff);
  return bytes;
}

Result<NoteSignature> ParseSignatureLine(std::string_view line) {
  if (!line.starts_with(kDash)) return NoteRefused("a signature line begins with a dash");
  line.remove_prefix(kDash.size());
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos) return NoteRefused("a signature line has three parts");
  NoteSignature signature;
  signature.key_name = line.substr(0, space);
  if (!IsKeyName(signature.key_name)) return NoteRefused("that is no key's name");
  const std::string_view encoded = line.substr(space + 1);
  if (encoded.size() > kSignatureBytesMax / 3 * 4) return NoteRefused("a signature is too long");
  const auto bytes = ParseBase64(encoded);
  if (!bytes.ok()) return NoteRefused("a signature is not base64");
  if (bytes->size() <= kKeyIdBytes) return NoteRefused("a signature is too short");
  for (const char c : bytes->substr(0, kKeyIdBytes))
    signature.key_id = (signature.key_id << 8) | static_cast<unsigned char>(c);
  signature.signature = bytes->substr(kKeyIdBytes);
  return signature;
}

bool HasSignatureOfSameKey(const SignedNote& note, const NoteSignature& signature) {
  return std::any_of(note.signatures.begin(), note.signatures.end(), [&](const auto& other) {
    return other.key_name == signature.key_name && other.key_id == signature.key_id;
  });
}

}  // namespace

Result<SignedNote> ParseSignedNote(std::string_view bytes) {
  if (bytes.size() > kNoteBytesMax) return NoteRefused("it is too long");
  if (!IsNoteText(bytes)) return NoteRefused("it has characters that no note has");
  const std::size_t empty_line = bytes.rfind("\n\n");
  if (empty_line == std::string_view::npos) return NoteRefused("no empty line ends the text");
  SignedNote note;
  note.text = bytes.substr(0, empty_line + 1);
  std::string_view rest = bytes.substr(empty_line + 2);
  if (rest.empty()) return NoteRefused("nobody signed it");
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return NoteRefused("its last line does not end");
    if (note.signatures.size() == kNoteSignaturesMax) return NoteRefused("too many signatures");
    HQ_ASSIGN_OR_RETURN(auto signature, ParseSignatureLine(rest.substr(0, end)));
    if (HasSignatureOfSameKey(note, signature)) return NoteRefused("a key signed it twice");
    note.signatures.push_back(std::move(signature));
    rest.remove_prefix(end + 1);
  }
  return note;
}

std::string FormatSignedNote(const SignedNote& note) {
  std::string bytes = note.text + "\n";
  for (const NoteSignature& signature : note.signatures) {
    bytes += kDash;
    bytes += signature.key_name + " " +
             FormatBase64(KeyIdBytes(signature.key_id) + signature.signature) + "\n";
  }
  return bytes;
}

bool IsKeyName(std::string_view text) {
  if (text.empty() || text.size() > kKeyNameBytesMax) return false;
  while (!text.empty()) {
    const auto character = TakeCharacter(text);
    if (!character || *character < 0x20 || *character == '+' || IsSpace(*character)) return false;
  }
  return true;
}

Result<std::string> ParseBase64(std::string_view text) {
  std::string bytes;
  const bool is_base64 = absl::Base64Unescape({text.data(), text.size()}, &bytes);
  if (!is_base64 || FormatBase64(bytes) != text) return absl::InvalidArgumentError("not base64");
  return bytes;
}

std::string FormatBase64(std::string_view bytes) {
  return absl::Base64Escape({bytes.data(), bytes.size()});
}

}  // namespace hq::ledger
