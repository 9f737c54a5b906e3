// What backups take, from the ledger that runs.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/core/prover.hpp"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

class LogBackupSource final : public BackupSource {
 public:
  // The newest signed checkpoint, a C2SP note; empty if there is none. From any thread.
  using NewestCheckpoint = std::function<std::string()>;

  // `log` outlives it. Without `newest_checkpoint` there is never one.
  LogBackupSource(RocksEventLog& log, NewestCheckpoint newest_checkpoint)
      : log_(log),
        newest_checkpoint_(std::move(newest_checkpoint)),
        prover_([&log](const TileId& id, unsigned width) { return log.ReadTile(id, width); }) {}

  v1::Cursor Head() const override { return log_.Head().head(); }
  Frames ReadFrames(Position after, Position until, std::size_t bytes_max) const override {
    return log_.ReadFrames(after, until, bytes_max);
  }
  Result<std::string> RootAt(std::uint64_t size) const override {
    std::lock_guard lock(mutex_);
    return prover_.RootAt(size);
  }
  std::string Checkpoint() const override { return newest_checkpoint_ ? newest_checkpoint_() : ""; }
  std::vector<std::string> ForkNotes() const override { return log_.ForkNotes(); }
  Result<std::string> GetBlob(std::string_view sha256) const override {
    return log_.GetBlob(sha256);
  }
  Status MakeImage(const std::string& directory) override { return log_.MakeImage(directory); }

 private:
  RocksEventLog& log_;
  const NewestCheckpoint newest_checkpoint_;
  mutable std::mutex mutex_;  // Guards the prover, which is one thread's at a time.
  mutable Prover prover_;
};

}  // namespace hq::ledger
