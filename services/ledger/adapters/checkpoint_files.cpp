#include "services/ledger/adapters/checkpoint_files.hpp"

#include <nlohmann/json.hpp>

#include "common/runtime/durable_file.hpp"

// Persisted.
//
//   checkpoint     a signed note
//   cosigned.json  {"notes": [a signed note, …]}
//   witnessed      a signed note

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

Status CheckpointFiles::StoreWitnessed(const SignedCheckpoint& checkpoint) const {
  return runtime::WriteDurably(witnessed_, FormatSignedNote(checkpoint.note));
}

Result<std::vector<std::string>> CheckpointFiles::LoadCosigned() const {
  const auto text = runtime::ReadWhole(cosigned_, kCosignedBytesMax);
  if (absl::IsNotFound(text.status())) return std::vector<std::string>();
  HQ_RETURN_IF_ERROR(text.status());
  const auto document = nlohmann::json::parse(*text, nullptr, false);
  const auto notes = document.is_object() ? document.find("notes") : document.end();
  std::vector<std::string> loaded;
  if (notes == document.end() || !notes->is_array())
    return absl::DataLossError(cosigned_ + " is damaged");
  for (const auto& note : *notes) {
    if (!note.is_string()) return absl::DataLossError(cosigned_ + " is damaged");
    loaded.push_back(note.get<std::string>());
  }
  return loaded;
}

Status CheckpointFiles::Store(const SignedCheckpoint& checkpoint) {
  const std::string note = FormatSignedNote(checkpoint.note);
  if (note == stored_checkpoint_) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(checkpoint_, note));
  stored_checkpoint_ = note;
  return absl::OkStatus();
}

Status CheckpointFiles::Store(const std::vector<SignedCheckpoint>& cosigned) {
  nlohmann::json notes = nlohmann::json::array();
  for (const SignedCheckpoint& one : cosigned) notes.push_back(FormatSignedNote(one.note));
  const std::string text = nlohmann::json{{"notes", notes}}.dump(1) + "\n";
  if (text == stored_cosigned_ || cosigned.empty()) return absl::OkStatus();
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(cosigned_, text));
  stored_cosigned_ = text;
  return absl::OkStatus();
}

}  // namespace hq::ledger
