// Backups as the ledger's process has them: archive, source and reactor; without an archive, a
// component that does nothing.
#pragma once

#include <memory>
#include <string>

#include "services/ledger/adapters/archive/archive_settings.hpp"
#include "services/ledger/adapters/backup/log_backup_source.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/reactors/backup_reactor.hpp"

namespace hq::ledger {

class Backups final : public Component {
 public:
  struct Settings {
    ArchiveSettings archive;      // HQ_ARCHIVE and what belongs to it.
    BackupPolicy policy;          // The content of the file HQ_BACKUP_POLICY_FILE.
    std::string image_directory;  // Where an image lies while it is shipped; beside the log.
  };

  // All outlive it. Without `transparency` segments have no signed checkpoints. While `gate`
  // refuses, nothing is shipped and nothing recorded. kInvalidArgument if the settings name no
  // archive.
  static Result<std::unique_ptr<Backups>> Open(const Settings& settings, RocksEventLog& log,
                                               const Transparency* transparency,
                                               std::function<Status()> gate, Clock& clock,
                                               runtime::Metrics& metrics) {
    LogBackupSource::NewestCheckpoint newest;
    if (transparency) newest = [transparency] { return transparency->LatestNote(); };
    std::unique_ptr<Backups> backups(new Backups(log, std::move(newest)));
    if (settings.archive.where.empty()) return backups;
    HQ_ASSIGN_OR_RETURN(backups->archive_, settings.archive.Open(clock));
    backups->reactor_ = std::make_unique<BackupReactor>(
        backups->source_, *backups->archive_, *backups->self_, clock, metrics, settings.policy,
        settings.image_directory, std::move(gate));
    return backups;
  }

  void Run(std::stop_token stop) override {
    if (reactor_) reactor_->Run(std::move(stop));
  }

  // Null without an archive.
  BackupReactor* reactor() { return reactor_.get(); }

  // How backups stand; nothing without an archive. From any thread.
  void Fill(v1::LedgerStatus& status) const {
    if (reactor_) reactor_->Fill(status);
  }

 private:
  Backups(RocksEventLog& log, LogBackupSource::NewestCheckpoint newest_checkpoint)
      : source_(log, std::move(newest_checkpoint)), self_(log.As(Itself())) {}

  LogBackupSource source_;
  const std::unique_ptr<EventLog> self_;  // The ledger as a caller of its own.
  std::unique_ptr<Archive> archive_;
  std::unique_ptr<BackupReactor> reactor_;
};

}  // namespace hq::ledger
