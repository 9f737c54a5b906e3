// A closed ledger with all that lies beside its store: its key, its signed checkpoints, an archive
// with segments and an image. Its files can be spoilt, and what it then serves compared with what
// is true.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/transparency/checkpoint.hpp"
#include "hq/sync/v1/events.pb.h"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/backup/log_backup_source.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/recovery/recovery.hpp"
#include "services/ledger/adapters/recovery/repair_notice_file.hpp"
#include "services/ledger/adapters/recovery/start.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "services/ledger/adapters/transparency.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/key_file.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {

class KeptLedger {
 public:
  KeptLedger() {
    const auto witness = ledger::SigningKey::FromFile(witness_key_file_, "hq-os/witness");
    HQ_CHECK(witness.ok(), "a witness has a key");
    std::ofstream(directory_ / "witnesses")
        << witness->PublicKey(ledger::KeyType::kCosignatureV1).Format() << "\n";
    settings_.data_dir = data_dir();
    settings_.witness_keys_file = directory_ / "witnesses";
    settings_.archive.where = "dir:" + archive_dir();
    settings_.key_file = KeyFile(directory_, "signing.key", std::string(32, 'k'));
  }

  // Appends so many entries; then its head is signed, cosigned and kept, as a ledger that is
  // stopped does it. They lie in RocksDB's live write log until it is opened again.
  void Append(int count) {
    const auto log = Open();
    AppendTo(*log, count);
  }

  // The same; and what there is is shipped before it is closed.
  void AppendAndShip(int count) {
    const auto log = Open();
    AppendTo(*log, count);
    ShipFrom(*log);
  }

  // Appends a record that names a blob, so that the archive gets it too; returns its digest. The
  // record is as large as `release_id` is.
  std::string AppendPlan(const std::string& content, const std::string& release_id = "") {
    const auto log = Open();
    const auto sync = log->As(CallerNamed("sync"));
    const auto sha256 = sync->PutBlob(content);
    HQ_CHECK(sha256.ok(), sha256.status().ToString().c_str());
    sync::v1::RolloutEvent event;
    event.mutable_rollout_planned()->set_plan_sha256(*sha256);
    event.mutable_rollout_planned()->set_release_id(release_id);
    ledger::v1::AppendRequest request;
    request.add_appends()->set_stream("rollout-1");
    auto* added = request.mutable_appends(0)->add_events();
    added->set_branch("hq");
    added->set_event("rollout_planned");
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    const auto appended = sync->Append(std::move(request));
    HQ_CHECK(appended.ok(), appended.status().ToString().c_str());
    Keep(*log);
    records_ = RecordsOf(*log);
    return *sha256;
  }

  std::string PutBlob(const std::string& content) {
    const auto sha256 = Open()->PutBlob(CallerNamed("sync"), content);
    HQ_CHECK(sha256.ok(), sha256.status().ToString().c_str());
    return *sha256;
  }

  // Into the archive, which is made if absent; with an image, if a day is named.
  void Ship(const std::string& image_day = "") {
    const auto log = Open();
    ShipFrom(*log);
    if (image_day.empty()) return;
    ledger::DirectoryArchive archive(archive_dir());
    ledger::LogBackupSource source(*log, [&] { return SignedTree(*log, false); });
    const auto image = ledger::ShipImage(source, archive, image_day, directory_ / "image",
                                         [] { return absl::OkStatus(); });
    HQ_CHECK(image.ok(), image.status().ToString().c_str());
  }

  // From the archive; the order needs no reason.
  Result<ledger::Restored> Restore(ledger::RestoreOrder order) {
    order.why = "a test";
    ledger::DirectoryArchive archive(archive_dir());
    const auto key_for = [&](const std::string& log_id) {
      return ledger::SigningKey::FromFile(settings_.key_file, ledger::LogKeyName(log_id));
    };
    return ledger::Restore(archive, order, key_for, clock_);
  }

  // Gives up what lies behind `position`, and goes on in a new epoch.
  void ForkAt(Position position) {
    ledger::RestoreOrder order;
    order.until.position = position;
    order.into = directory_ / "restored";
    const auto restored = Restore(order);
    HQ_CHECK(restored.ok(), restored.status().ToString().c_str());
    PutAside("given-up");
    std::filesystem::remove_all(data_dir());
    std::filesystem::rename(order.into, data_dir());
  }

  // The data directory, with everything in it.
  void PutAside(const std::string& name) const {
    std::filesystem::remove_all(directory_ / name);
    std::filesystem::copy(data_dir(), directory_ / name, kDeepCopy);
  }
  void BringBack(const std::string& name) const {
    std::filesystem::remove_all(data_dir());
    std::filesystem::copy(directory_ / name, data_dir(), kDeepCopy);
  }

  // Opens it as the process does, but repairs nothing, and returns all that it would serve.
  Result<std::vector<std::string>> Serve() {
    HQ_ASSIGN_OR_RETURN(const auto log, ledger::RocksEventLog::Open(data_dir(), clock_, metrics_));
    HQ_ASSIGN_OR_RETURN(
        const auto transparency,
        ledger::Transparency::Open(Transparent(), readiness_, ledger::TreeOf(*log),
                                   log->As(ledger::Itself()), metrics_, log->ForkNotes()));
    HQ_RETURN_IF_ERROR(transparency->CheckServing());
    return RecordsOf(*log);
  }

  // A second later than whatever was before.
  Result<ledger::RecoveryReport> Recover() {
    clock_.Advance(std::chrono::seconds(1));
    return ledger::Recover(settings_, clock_);
  }

  // Opens it as the process does.
  Result<std::unique_ptr<ledger::RocksEventLog>> OpenRepaired() {
    return ledger::OpenRepaired(settings_, clock_, metrics_);
  }

  std::unique_ptr<ledger::RocksEventLog> Open() {
    auto log = ledger::RocksEventLog::Open(data_dir(), clock_, metrics_);
    HQ_CHECK(log.ok(), log.status().ToString().c_str());
    return *std::move(log);
  }

  static std::vector<std::string> RecordsOf(const ledger::RocksEventLog& log) {
    std::vector<std::string> records;
    const Position head = log.Head().head().position();
    const auto frames = log.TryReadFrames(0, head, SIZE_MAX);
    HQ_CHECK(frames.ok(), frames.status().ToString().c_str());
    ledger::FrameWalker walker(frames->bytes);
    while (const auto record = walker.Next()) records.emplace_back(*record);
    return records;
  }

  const std::vector<std::string>& records() const { return records_; }
  std::string data_dir() const { return directory_ / "data"; }
  std::string archive_dir() const { return directory_ / "archive"; }
  std::string path(const std::string& name) const { return directory_ / name; }
  ledger::RecoverySettings& settings() { return settings_; }
  FakeClock& clock() { return clock_; }
  runtime::Metrics& metrics() { return metrics_; }

 private:
  static constexpr auto kDeepCopy = std::filesystem::copy_options::recursive;

  void AppendTo(ledger::RocksEventLog& log, int count) {
    const auto ann = log.As(CallerNamed("ann"));
    for (int i = 0; i < count; ++i) {
      clock_.Advance(std::chrono::milliseconds(3));
      ledger::v1::AppendRequest request;
      request.add_appends()->set_stream("entry-koosy");
      auto* event = request.mutable_appends(0)->add_events();
      event->set_branch("koosy");
      event->set_event("page_seen");
      event->set_status("s" + std::to_string(records_.size() + static_cast<std::size_t>(i)));
      const auto appended = ann->Append(std::move(request));
      HQ_CHECK(appended.ok(), appended.status().ToString().c_str());
    }
    Keep(log);
    records_ = RecordsOf(log);
  }

  void ShipFrom(ledger::RocksEventLog& log) {
    ledger::DirectoryArchive archive(archive_dir());
    ledger::LogBackupSource source(log, [&] { return SignedTree(log, false); });
    ledger::Shipped shipped;
    const Status status = ledger::SegmentShipper(source, archive, 8'000).ShipAll({}, shipped);
    HQ_CHECK(status.ok(), status.ToString().c_str());
  }

  ledger::TransparencySettings Transparent() const {
    ledger::TransparencySettings settings;
    settings.data_dir = data_dir();
    settings.signer.key_file = settings_.key_file;
    settings.signer.public_file = data_dir() + "/signing.pub";
    settings.witness_keys_file = directory_ / "witnesses";
    settings.witness_patience = std::chrono::milliseconds(0);
    return settings;
  }

  std::string SignedTree(ledger::RocksEventLog& log, bool is_cosigned) const {
    const auto cursor = log.Head().head();
    const std::string origin = ledger::LogKeyName(cursor.log_id());
    const std::string text =
        ledger::Checkpoint{origin, log.tree_head(), {ledger::EpochLine(cursor.epoch())}}.Format();
    ledger::SignedNote note{text,
                            {ledger::SigningKey::FromFile(settings_.key_file, origin)->Sign(text)}};
    if (is_cosigned)
      note.signatures.push_back(
          ledger::SigningKey::FromFile(witness_key_file_, "hq-os/witness")->Cosign(text, 1));
    return ledger::FormatSignedNote(note);
  }

  // `signing.pub` is written by opening; the checkpointer, which would sign, does not run.
  void Keep(ledger::RocksEventLog& log) {
    const auto transparency =
        ledger::Transparency::Open(Transparent(), readiness_, ledger::TreeOf(log),
                                   log.As(ledger::Itself()), metrics_, log.ForkNotes());
    HQ_CHECK(transparency.ok(), transparency.status().ToString().c_str());
    ledger::CheckpointFiles files(data_dir());
    const auto kept = (*transparency)->signer().OpenOwn(SignedTree(log, false));
    const auto cosigned = (*transparency)->signer().OpenOwn(SignedTree(log, true));
    HQ_CHECK(kept.ok() && cosigned.ok(), "what was signed just now can be opened");
    HQ_CHECK(files.Store(*kept).ok(), "a checkpoint is kept");
    HQ_CHECK(files.Store(std::vector<ledger::SignedCheckpoint>{*cosigned}).ok(),
             "a cosigned checkpoint is kept");
  }

  FakeClock clock_;
  runtime::Metrics metrics_;
  ledger::Readiness readiness_;  // Nothing is ever found.
  TempDir directory_;
  const std::string witness_key_file_ = KeyFile(directory_, "witness.key", std::string(32, 'w'));
  ledger::RecoverySettings settings_;
  std::vector<std::string> records_;
};

}  // namespace hq::testing
