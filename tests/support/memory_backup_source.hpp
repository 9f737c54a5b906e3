// What a backup takes of a ledger, from one in memory; its image is a real one, of files that the
// ledger would open.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "common/transparency/frontier.hpp"
#include "services/ledger/adapters/restore/stored_log.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "services/ledger/ports.hpp"
#include "tests/support/memory_event_log.hpp"

namespace hq::testing {

class MemoryBackupSource : public ledger::BackupSource {
 public:
  using Sign = std::function<std::string(const ledger::TreeHead&)>;

  // `ledger` outlives it. `sign` makes the signed checkpoint of a tree; without it there is none.
  explicit MemoryBackupSource(MemoryLedger& ledger, Sign sign = {})
      : ledger_(ledger), sign_(std::move(sign)) {}

  ledger::v1::Cursor Head() const override {
    std::lock_guard lock(ledger_.mutex);
    ledger::v1::Cursor head;
    head.set_log_id(ledger_.head.log_id);
    head.set_epoch(ledger_.head.epoch);
    head.set_position(ledger_.head.position);
    head.set_hash(ledger_.head.hash);
    return head;
  }

  ledger::Frames ReadFrames(Position after, Position until, std::size_t bytes_max) const override {
    std::lock_guard lock(ledger_.mutex);
    ledger::Frames frames;
    for (Position at = after + 1; at <= until && at <= ledger_.records.size(); ++at) {
      const std::string& bytes = ledger_.records[at - 1].bytes;
      if (frames.last != 0 && frames.bytes.size() + bytes.size() > bytes_max) break;
      if (frames.first == 0) frames.first = at;
      ledger::AddFrame(frames.bytes, bytes);
      frames.last = at;
    }
    return frames;
  }

  Result<std::string> RootAt(std::uint64_t size) const override {
    std::lock_guard lock(ledger_.mutex);
    if (size > ledger_.records.size()) return absl::InvalidArgumentError("no tree of that size");
    ledger::Frontier frontier;
    std::vector<ledger::TileHash> filled;
    for (std::uint64_t i = 0; i < size; ++i)
      frontier.Append(LeafHash(ledger_.records[i].bytes), filled);
    return frontier.Root();
  }

  std::string Checkpoint() const override {
    if (!sign_) return "";
    const Position size = Head().position();
    return sign_({size, *RootAt(size)});
  }

  std::vector<std::string> ForkNotes() const override { return fork_notes; }

  Result<std::string> GetBlob(std::string_view sha256) const override {
    std::lock_guard lock(ledger_.mutex);
    const auto it = ledger_.blobs.find(std::string(sha256));
    if (it == ledger_.blobs.end()) return absl::NotFoundError("no such content");
    return it->second;
  }

  Status MakeImage(const std::string& directory) override {
    const std::string data_dir = directory + "-made";
    {
      HQ_ASSIGN_OR_RETURN(const auto log, ledger::StoredLog::OpenToWrite(data_dir));
      const Position head = Head().position();
      for (Position at = 0; at < head;) {
        const auto frames = ReadFrames(at, head, 4'000);
        HQ_RETURN_IF_ERROR(log->Append(frames.first, frames.bytes));
        at = frames.last;
      }
      HQ_RETURN_IF_ERROR(log->PutMeta("log_id", Head().log_id()));
      HQ_RETURN_IF_ERROR(log->PutMeta("epoch", ledger::keys::Number(Head().epoch())));
      HQ_RETURN_IF_ERROR(log->Finish());
    }
    std::error_code error;
    std::filesystem::rename(ledger::LogFolder(data_dir), directory, error);
    std::filesystem::remove_all(data_dir);
    return error ? absl::UnavailableError(error.message()) : absl::OkStatus();
  }

  std::vector<std::string> fork_notes;

 private:
  MemoryLedger& ledger_;
  const Sign sign_;
};

}  // namespace hq::testing
