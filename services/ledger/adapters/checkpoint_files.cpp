#include "services/ledger/adapters/checkpoint_files.hpp"

#include <filesystem>

#include "common/runtime/durable_file.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/core/cosigned_notes.hpp"

// Persisted.
//
//   checkpoint       a signed note
//   cosigned.json    see core/cosigned_notes
//   witnessed        a signed note
//   witnessed_other  a signed note, of another ledger

namespace hq::ledger {
namespace {

constexpr std::size_t kCosignedBytesMax = 4 * 1024 * 1024;

Result<std::optional<std::string>> NoteIn(const std::string& file) {
  auto note = runtime::ReadWhole(file, kNoteBytesMax);
  if (absl::IsNotFound(note.status())) return std::nullopt;
  HQ_RETURN_IF_ERROR(note.status());
  return std::optional(*std::move(note));
}

}  // namespace

Result<std::optional<std::string>> CheckpointFiles::LoadCheckpoint() const {
  return NoteIn(checkpoint_);
}

Result<std::optional<std::string>> CheckpointFiles::LoadWitnessed() const {
  return NoteIn(witnessed_);
}

Result<std::optional<std::string>> CheckpointFiles::LoadWitnessedOther() const {
  return NoteIn(witnessed_other_);
}

Status CheckpointFiles::StoreWitnessedOther(const std::string& note) const {
  return runtime::WriteDurably(witnessed_other_, note);
}

Status CheckpointFiles::StoreWitnessed(const SignedCheckpoint& checkpoint) const {
  return runtime::WriteDurably(witnessed_, FormatSignedNote(checkpoint.note));
}

Status CheckpointFiles::RemoveWitnessed() const {
  const std::filesystem::path path = std::filesystem::absolute(witnessed_);
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return absl::UnavailableError("cannot remove " + witnessed_ + ": " + error.message());
  return SyncDirectory(path.parent_path());
}

Result<std::vector<std::string>> CheckpointFiles::LoadCosigned() const {
  const auto text = runtime::ReadWhole(cosigned_, kCosignedBytesMax);
  if (absl::IsNotFound(text.status())) return std::vector<std::string>();
  HQ_RETURN_IF_ERROR(text.status());
  auto notes = ParseCosignedNotes(*text);
  if (!notes) return absl::DataLossError(cosigned_ + " is damaged");
  return *std::move(notes);
}

Status CheckpointFiles::Store(const SignedCheckpoint& checkpoint) {
  const std::string note = FormatSignedNote(checkpoint.note);
  if (note == stored_checkpoint_) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(checkpoint_, note));
  stored_checkpoint_ = note;
  return absl::OkStatus();
}

Status CheckpointFiles::Store(const std::vector<SignedCheckpoint>& cosigned) {
  std::vector<std::string> notes;
  for (const SignedCheckpoint& one : cosigned) notes.push_back(FormatSignedNote(one.note));
  const std::string text = FormatCosignedNotes(notes);
  if (text == stored_cosigned_ || cosigned.empty()) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(cosigned_, text));
  stored_cosigned_ = text;
  return absl::OkStatus();
}

}  // namespace hq::ledger
