#include "common/witness/log_memory.hpp"

#include "common/runtime/durable_file.hpp"

// Persisted.
//
//   memory := log_key LF note
//   note   := the checkpoint: see common/transparency/signed_note.cpp

namespace hq::ledger {
namespace {

constexpr std::size_t kMemoryBytesMax = kNoteBytesMax + 1024;

Status Forgotten(const std::string& path, const Status& why) {
  return Refusal(absl::StatusCode::kDataLoss, path + " is damaged: " + std::string(why.message()),
                 "MEMORY_DAMAGED",
                 "Restore the file from a backup; only if there is none, take it away: what was "
                 "seen of the ledger before is then forgotten.");
}

Result<TrustedCheckpoint> ParseMemory(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == bytes.npos) return absl::InvalidArgumentError("it has no line");
  TrustedCheckpoint memory;
  HQ_ASSIGN_OR_RETURN(memory.log_key, VerifierKey::Parse(bytes.substr(0, end)));
  HQ_ASSIGN_OR_RETURN(memory.checkpoint, OpenCheckpoint(bytes.substr(end + 1), memory.log_key));
  return memory;
}

}  // namespace

Result<std::optional<TrustedCheckpoint>> LoadMemory(const std::string& path) {
  const auto bytes = runtime::ReadWhole(path, kMemoryBytesMax);
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  HQ_RETURN_IF_ERROR(bytes.status());
  auto memory = ParseMemory(*bytes);
  if (!memory.ok()) return Forgotten(path, memory.status());
  return std::optional(*std::move(memory));
}

Status StoreMemory(const std::string& path, const TrustedCheckpoint& memory) {
  return runtime::WriteDurably(
      path, memory.log_key.Format() + "\n" + FormatSignedNote(memory.checkpoint.note));
}

}  // namespace hq::ledger
