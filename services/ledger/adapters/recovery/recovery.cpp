#include "services/ledger/adapters/recovery/recovery.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <filesystem>
#include <map>
#include <optional>
#include <tuple>

#include "common/base/ids.hpp"
#include "common/runtime/durable_file.hpp"
#include "common/runtime/fault.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/recovery/look.hpp"
#include "services/ledger/adapters/recovery/reconstruction.hpp"
#include "services/ledger/adapters/recovery/repair_notice_file.hpp"
#include "services/ledger/adapters/restore/row_writer.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

// A ledger that is started again and again does not fill the disk with reports.
std::string LastStartFolder(const std::string& data_dir) {
  return RecoveryFolder(data_dir) + "/last-start";
}

// "20261127T045500123456Z", so that folders sort by time.
std::string FolderName(std::int64_t time_us) {
  std::string name = ToRfc3339(FromMicros(time_us));
  std::erase_if(name, [](char c) { return c == '-' || c == ':' || c == '.'; });
  return name;
}

Status MoveInto(const std::string& folder, const fs::path& path, const std::string& name) {
  std::error_code error;
  fs::rename(path, fs::path(folder) / name, error);
  if (!error) return absl::OkStatus();
  return absl::UnavailableError("cannot move " + path.string() + ": " + error.message());
}

// Where Exchange leaves what was there, if it cannot do so at once.
std::string AsideOf(const std::string& made) { return made + ".aside"; }

// Puts `made` where `place` is, at once, and what was there where `made` was, or aside of it; if
// nothing was there, nothing is.
Status Exchange(const std::string& made, const std::string& place) {
  std::error_code error;
  if (fs::exists(place, error)) {
    if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0)
      return absl::OkStatus();
    // Not every file system can; then there is a moment without a store, which is found on opening.
    fs::rename(place, AsideOf(made), error);
    if (!error) fs::rename(made, place, error);
    std::error_code nothing_moved;
    if (error) fs::rename(AsideOf(made), place, nothing_moved);
  } else {
    fs::rename(made, place, error);
  }
  return error ? absl::UnavailableError("cannot name " + place + ": " + error.message())
               : absl::OkStatus();
}

// Carries a repair out.
class Repair {
 public:
  Repair(const RecoverySettings& settings, const Look& look, std::string folder, Clock& clock)
      : settings_(settings), look_(look), folder_(std::move(folder)), clock_(clock) {}

  // Behind the records that are there. Wherever it is broken off, no ledger opens what has come of
  // it, and no id of a record that did not come back is issued again.
  Status AppendMissing(const Reconstruction& way) {
    HQ_ASSIGN_OR_RETURN(const auto log, StoredLog::OpenToWrite(settings_.data_dir));
    HQ_ASSIGN_OR_RETURN(const std::string id_floor, IdFloor(way.head, log.get()));
    fault::Point("ledger.repair.begin.before");
    has_changed_ = true;  // Also if it fails: what came of that is not known.
    HQ_RETURN_IF_ERROR(log->BeginRepair(way.head.position, id_floor));
    fault::Point("ledger.repair.begin.after");
    HQ_RETURN_IF_ERROR(Write(way, look_.walk, *log));
    fault::Point("ledger.repair.rows.after");
    HQ_RETURN_IF_ERROR(log->Finish());
    fault::Point("ledger.repair.end.after");
    return absl::OkStatus();
  }

  // Into a new store, which takes the place of the one that is there.
  Status BuildAnew(const Reconstruction& way) {
    const std::string build = folder_ + "/rebuilding";
    HQ_ASSIGN_OR_RETURN(auto log, StoredLog::OpenToWrite(build));
    HQ_RETURN_IF_ERROR(KeepBlobs(*log));
    HQ_RETURN_IF_ERROR(Write(way, HistoryWalk(look_.log_id), *log));
    HQ_ASSIGN_OR_RETURN(const std::string id_floor, IdFloor(way.head, look_.store.get()));
    HQ_RETURN_IF_ERROR(log->PutMeta(keys::kIdFloor, id_floor));
    HQ_RETURN_IF_ERROR(BringNamedBlobs(*log));
    HQ_RETURN_IF_ERROR(log->PutMeta("log_id", way.head.log_id));
    HQ_RETURN_IF_ERROR(log->PutMeta("epoch", keys::Number(look_.epoch)));
    HQ_RETURN_IF_ERROR(PutForks(*log));
    HQ_RETURN_IF_ERROR(log->Finish());
    log.reset();
    fault::Point("ledger.repair.exchange.before");
    std::error_code error;
    fs::remove_all(settings_.data_dir + "/index", error);  // It is worked out anew.
    HQ_RETURN_IF_ERROR(Exchange(LogFolder(build), LogFolder(settings_.data_dir)));
    has_changed_ = true;
    fault::Point("ledger.repair.exchange.after");
    left_undone_ = PutAsideOldStore(build);  // The new one is in its place, come what may.
    return absl::OkStatus();
  }

  // Files beside the store that are of no use.
  Status PutAside(const std::vector<FileFault>& files) {
    for (const FileFault& fault : files) {
      std::error_code error;
      if (!fs::exists(fault.path, error)) continue;  // Named twice.
      HQ_RETURN_IF_ERROR(MoveInto(folder_, fault.path, fs::path(fault.path).filename()));
      has_changed_ = true;
    }
    return SyncDirectory(settings_.data_dir);
  }

  // Whether anything in the data directory is not as it was any more, or may not be.
  bool has_changed() const { return has_changed_; }
  // What failed behind a repair that is done all the same.
  const Status& left_undone() const { return left_undone_; }

 private:
  Status PutAsideOldStore(const std::string& build) const {
    std::error_code error;
    for (const std::string& old : {LogFolder(build), AsideOf(LogFolder(build))})
      if (fs::exists(old, error)) HQ_RETURN_IF_ERROR(MoveInto(folder_, old, "log"));
    fs::remove_all(build, error);
    HQ_RETURN_IF_ERROR(SyncDirectory(folder_));
    return SyncDirectory(settings_.data_dir);
  }

  Status Write(const Reconstruction& way, HistoryWalk walk, StoredLog& log) {
    RowWriter rows(log);
    const auto take = [&](std::string_view record) {
      NoteFork(record);
      fault::Point("ledger.repair.record");
      return rows.Add(walk.head().position, record);
    };
    const auto take_blob = [&](const std::string& sha256) { return BringBlob(sha256, log); };
    const Attempt again = WalkThrough(way.order, look_.findings.vouched, walk, take, take_blob);
    if (!again.fits()) return absl::UnavailableError(again.why_not);
    if (walk.head().hash != way.head.hash)
      return absl::UnavailableError("the sources have changed meanwhile");
    return rows.Flush();
  }

  // Where the blobs of a store cannot be read any further, those that the archive has are taken
  // from there.
  Status KeepBlobs(StoredLog& log) const {
    Status kept;  // Not what those say that are read.
    const auto keep = [&](std::string_view sha256, std::string_view content) {
      if (Sha256(content) == sha256) kept.Update(log.PutBlob(sha256, content));
      return kept;
    };
    for (const StoredLog* stored : {look_.store.get(), look_.image.get()})
      if (stored) stored->ForEachBlob(keep).IgnoreError();
    return kept;
  }

  Result<std::string> ArchivedBlob(const std::string& sha256) const {
    HQ_ASSIGN_OR_RETURN(std::string content, look_.archive->Get(BlobName(sha256)));
    if (Sha256(content) != sha256)
      return absl::DataLossError(BlobName(sha256) + " in the archive is broken");
    return content;
  }

  Status BringBlob(const std::string& sha256, StoredLog& log) const {
    if (log.GetBlob(sha256).ok()) return absl::OkStatus();
    HQ_ASSIGN_OR_RETURN(const std::string content, ArchivedBlob(sha256));
    return log.PutBlob(sha256, content);
  }

  // A store whose records are whole may have lost blobs: what the archive has of them comes back.
  // What nobody has any more is told to whoever asks for it. What cannot be had just now is waited
  // for: once the store is exchanged nobody fetches it.
  Status BringNamedBlobs(StoredLog& log) const {
    if (!look_.segments) return absl::OkStatus();
    HQ_ASSIGN_OR_RETURN(const auto named, look_.segments->history().NamedBlobs());
    for (const std::string& sha256 : named) {
      if (log.GetBlob(sha256).ok()) continue;
      const auto content = ArchivedBlob(sha256);
      if (IsLost(content.status())) continue;
      HQ_RETURN_IF_ERROR(content.status());
      HQ_RETURN_IF_ERROR(log.PutBlob(sha256, *content));
    }
    return absl::OkStatus();
  }

  // A fork of this life stands on the ledger itself.
  void NoteFork(std::string_view bytes) {
    v1::Record record;
    v1::LedgerEvent event;
    const bool is_fork = bytes.find(kEpochStarted) != std::string_view::npos &&
                         record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) &&
                         record.stream() == kOwnStream && record.data().UnpackTo(&event) &&
                         event.has_epoch_started();
    if (is_fork) forks_[record.epoch()] = event.epoch_started().statement();
  }

  // Those of lives that were given up are only elsewhere, and are taken if the log signed them.
  Status PutForks(StoredLog& log) {
    for (const std::string& note : look_.forks)
      for (const Fork& fork : OpenForks({note}, look_.keys))
        if (fork.epoch <= look_.epoch) forks_.try_emplace(fork.epoch, note);
    for (const auto& [epoch, note] : forks_)
      HQ_RETURN_IF_ERROR(log.PutMeta(keys::OfFork(epoch), note));
    return absl::OkStatus();
  }

  // Behind what was brought back there may have been records that nobody knows any more: their ids
  // are not issued again, nor those below the floor of an earlier repair, which `store` may have.
  Result<std::string> IdFloor(const ChainHead& head, const StoredLog* store) const {
    IssuedIds issued;
    issued.restored = issued.furthest = {head.position, head.id, head.recorded_at_us};
    issued.witnessed = VouchedTo(look_.findings);
    HQ_ASSIGN_OR_RETURN(const TxnId floor, FirstIdAfterFork(issued, ToMicros(clock_.Now())));
    const auto row =
        store ? store->Meta(keys::kIdFloor) : Result<std::string>(absl::NotFoundError("no store"));
    const auto kept = row.ok() ? ParseTxnId(*row) : std::nullopt;
    const bool is_higher =
        kept && std::tie(kept->day, kept->counter) > std::tie(floor.day, floor.counter);
    return FormatTxnId(is_higher ? *kept : floor);
  }

  const RecoverySettings& settings_;
  const Look& look_;
  const std::string folder_;
  Clock& clock_;
  std::map<std::uint64_t, std::string> forks_;  // Statements, by the epoch that they opened.
  bool has_changed_ = false;
  Status left_undone_;
};

Status CarryOut(const std::optional<Reconstruction>& way, Look& look, Repair& repair) {
  if (way && look.findings.store.condition == StoreFinding::Condition::kSound) {
    look.store_source.reset();
    look.store.reset();
    HQ_RETURN_IF_ERROR(repair.AppendMissing(*way));
  } else if (way) {
    HQ_RETURN_IF_ERROR(repair.BuildAnew(*way));
  }
  return repair.PutAside(look.findings.files);
}

// Carries it out, with word of it for the ledger before anything changes, and says in the report
// what came of it.
Status RepairAndTell(const RecoverySettings& settings, const std::optional<Reconstruction>& way,
                     Look& look, Clock& clock, RecoveryReport& report) {
  HQ_RETURN_IF_ERROR(MakeDirectories(report.folder));
  const auto earlier = ReadRepairNotice(settings.data_dir);
  Repair repair(settings, look, report.folder, clock);
  Status carried = WriteRepairNotice(report, settings.is_unattended, earlier);
  if (carried.ok()) carried = CarryOut(way, look, repair);
  report.is_done = carried.ok();
  report.failure = std::string((carried.ok() ? repair.left_undone() : carried).message());
  if (carried.ok()) return absl::OkStatus();
  std::error_code error;
  if (!repair.has_changed()) {  // There is nothing to tell but what there was before.
    if (earlier.ok()) HQ_RETURN_IF_ERROR(StoreRepairNotice(settings.data_dir, *earlier));
    if (!earlier.ok()) fs::remove(RepairNoticeFile(settings.data_dir), error);
  }
  const bool is_empty = settings.is_unattended && fs::remove(report.folder, error);
  if (is_empty) report.folder = LastStartFolder(settings.data_dir);
  return absl::OkStatus();
}

// The image is fetched only if nothing else will do: it is large, and segments have all that it
// has.
std::optional<Reconstruction> TryAll(const std::string& scratch, Look& look) {
  if (!NeedsRecords(look.findings)) return std::nullopt;
  const bool is_sound = look.findings.store.condition == StoreFinding::Condition::kSound;
  std::vector<RecordSource*> sources;
  if (!is_sound && look.store_source) sources.push_back(look.store_source.get());
  if (look.segments) sources.push_back(look.segments.get());
  if (look.news) sources.push_back(look.news.get());
  const HistoryWalk from = is_sound ? look.walk : HistoryWalk(look.log_id);
  Reconstruction way = FindReconstruction(sources, look.findings.vouched, from);
  if (way.attempt.fits() || !FetchNewestImage(scratch, look).ok()) return way;
  sources.insert(sources.begin(), look.image_source.get());
  Reconstruction with_image = FindReconstruction(sources, look.findings.vouched, from);
  if (with_image.attempt.fits() || with_image.attempt.end > way.attempt.end) return with_image;
  return way;
}

Status WriteReport(const RecoveryReport& report) {
  HQ_RETURN_IF_ERROR(runtime::WriteDurably(report.folder + "/report.json", report.Json()));
  return runtime::WriteDurably(report.folder + "/report.md", report.Markdown());
}

}  // namespace

Result<RecoveryReport> Recover(const RecoverySettings& settings, Clock& clock) {
  HQ_RETURN_IF_ERROR(StoredLog::CheckNotInUse(settings.data_dir));
  RecoveryReport report;
  report.time_us = ToMicros(clock.Now());
  report.data_dir = settings.data_dir;
  report.folder = RecoveryFolder(settings.data_dir) + "/" + FolderName(report.time_us);
  const std::string scratch = report.folder + ".scratch";
  std::error_code error;
  {
    HQ_ASSIGN_OR_RETURN(Look look, LookAround(settings, scratch, clock));
    const auto way = TryAll(scratch, look);
    report.findings = look.findings;
    if (way) report.attempt = way->attempt;
    report.plan = PlanRecovery(report.findings, way ? &way->attempt : nullptr);
    const bool is_allowed = !settings.is_unattended || report.plan.is_safe_unattended;
    if (report.plan.rung == Rung::kRepair && is_allowed) {
      HQ_RETURN_IF_ERROR(RepairAndTell(settings, way, look, clock, report));
    } else if (settings.is_unattended) {
      report.folder = LastStartFolder(settings.data_dir);
    }
  }
  fs::remove_all(scratch, error);
  if (report.plan.rung != Rung::kOpen) HQ_RETURN_IF_ERROR(WriteReport(report));
  return report;
}

}  // namespace hq::ledger
