#include "common/transparency/checkpoint.hpp"

#include <charconv>
#include <optional>

#include "common/base/big_endian.hpp"
#include "common/transparency/tile.hpp"
#include "common/transparency/tree_hasher.hpp"

//   text      := origin LF size LF base64(root) LF (extension LF)*
//   extension of ours := "epoch " decimal digits
//   size      := decimal digits, no zero in front
//   cosigned  := "cosignature/v1" LF "time " time LF text
//   signature of a witness := time, 8 bytes, the most significant first; then Ed25519 of `cosigned`

namespace hq::ledger {
namespace {

constexpr std::size_t kExtensionsMax = 16;
constexpr std::string_view kEpochWord = "epoch ";
constexpr std::size_t kTimeBytes = kBigEndianBytes;

Status CheckpointRefused(std::string_view why) {
  return Refusal(absl::StatusCode::kInvalidArgument, "not a checkpoint: " + std::string(why),
                 "CHECKPOINT_MALFORMED", "See C2SP tlog-checkpoint for the form.");
}

Status SignatureRefused(const std::string& who) {
  return Refusal(absl::StatusCode::kPermissionDenied, "the signature of " + who + " does not hold",
                 "SIGNATURE_REFUSED", "Do not trust the checkpoint; keep it as evidence.");
}

// Takes a line off `text`; nothing if it does not end, is empty, or has a control character.
std::optional<std::string> TakeLine(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || end == 0) return std::nullopt;
  std::string line(text.substr(0, end));
  for (const char c : line)
    if (static_cast<unsigned char>(c) < 0x20) return std::nullopt;
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> NumberIn(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_canonical = error == std::errc() && std::to_string(number) == text;
  return is_canonical && number <= kTreeSizeMax ? std::optional(number) : std::nullopt;
}

// The time that a witness's signature carries; nothing if it is not one.
std::optional<std::int64_t> TimeIn(std::string_view signature) {
  if (signature.size() != kTimeBytes + kEd25519SignatureBytes) return std::nullopt;
  const auto time_s = static_cast<std::int64_t>(*FromBigEndian(signature.substr(0, kTimeBytes)));
  return time_s >= 0 ? std::optional(time_s) : std::nullopt;
}

}  // namespace

Result<Checkpoint> Checkpoint::Parse(std::string_view text) {
  if (text.size() > kNoteBytesMax) return CheckpointRefused("it is too long");
  Checkpoint checkpoint;
  const auto origin = TakeLine(text);
  const auto size_line = TakeLine(text);
  const auto root_line = TakeLine(text);
  if (!origin || !size_line || !root_line) return CheckpointRefused("it has three lines at least");
  if (origin->size() > kKeyNameBytesMax) return CheckpointRefused("its origin is too long");
  checkpoint.origin = *origin;
  const auto size = NumberIn(*size_line);
  if (!size) return CheckpointRefused("its size is no number");
  checkpoint.head.size = *size;
  const auto root = ParseBase64(*root_line);
  if (!root.ok() || root->size() != kHashBytes) return CheckpointRefused("its root is no hash");
  checkpoint.head.root = *root;
  if (*size == 0 && *root != EmptyRoot()) return CheckpointRefused("an empty tree has one root");
  while (!text.empty()) {
    const auto line = TakeLine(text);
    if (!line || checkpoint.extensions.size() == kExtensionsMax)
      return CheckpointRefused("its extension lines are empty or too many");
    checkpoint.extensions.push_back(*line);
  }
  return checkpoint;
}

std::string Checkpoint::Format() const {
  std::string text =
      origin + "\n" + std::to_string(head.size) + "\n" + FormatBase64(head.root) + "\n";
  for (const std::string& line : extensions) text += line + "\n";
  return text;
}

std::uint64_t Checkpoint::epoch() const {
  for (const std::string& line : extensions) {
    if (!line.starts_with(kEpochWord)) continue;
    if (const auto epoch = NumberIn(line.substr(kEpochWord.size()))) return *epoch;
  }
  return 1;
}

std::string EpochLine(std::uint64_t epoch) {
  return std::string(kEpochWord) + std::to_string(epoch);
}

Result<SignedCheckpoint> OpenCheckpoint(std::string_view bytes, const VerifierKey& log) {
  SignedCheckpoint opened;
  HQ_ASSIGN_OR_RETURN(opened.note, ParseSignedNote(bytes));
  bool is_signed = false;
  for (const NoteSignature& signature : opened.note.signatures) {
    if (log.type != KeyType::kEd25519 || !log.IsSignerOf(signature)) continue;
    if (!VerifiesEd25519(log.public_key, opened.note.text, signature.signature))
      return SignatureRefused(log.name);
    is_signed = true;
  }
  if (!is_signed)
    return Refusal(absl::StatusCode::kPermissionDenied, "the log did not sign it", "NOT_SIGNED",
                   "Ask the ledger itself, and check that its key has not been changed.");
  HQ_ASSIGN_OR_RETURN(opened.checkpoint, Checkpoint::Parse(opened.note.text));
  if (opened.checkpoint.origin != log.name)
    return Refusal(absl::StatusCode::kPermissionDenied, "the checkpoint of another log",
                   "OTHER_ORIGIN", "Ask the ledger whose key this is.");
  return opened;
}

Result<std::vector<Cosignature>> CosignaturesOf(const SignedNote& note,
                                                const std::vector<VerifierKey>& witnesses) {
  std::vector<Cosignature> cosignatures;
  for (const VerifierKey& witness : witnesses) {
    if (witness.type != KeyType::kCosignatureV1) continue;
    for (const NoteSignature& signature : note.signatures) {
      if (!witness.IsSignerOf(signature)) continue;
      const auto time_s = TimeIn(signature.signature);
      if (!time_s) return SignatureRefused(witness.name);
      const auto plain = std::string_view(signature.signature).substr(kTimeBytes);
      if (!VerifiesEd25519(witness.public_key, CosignedMessage(note.text, *time_s), plain))
        return SignatureRefused(witness.name);
      cosignatures.push_back({witness.name, *time_s});
    }
  }
  return cosignatures;
}

std::string CosignedMessage(std::string_view text, std::int64_t time_s) {
  return "cosignature/v1\ntime " + std::to_string(time_s) + "\n" + std::string(text);
}

std::string TimedSignature(std::int64_t time_s, std::string_view signature) {
  return BigEndian(static_cast<std::uint64_t>(time_s)) + std::string(signature);
}

}  // namespace hq::ledger
