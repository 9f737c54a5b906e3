#include "services/ledger/adapters/recovery/recovery.hpp"

#include <fcntl.h>
#include <stdio.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>

#include "common/base/ids.hpp"
#include "common/runtime/durable_file.hpp"
#include "common/runtime/fault.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/recovery/look.hpp"
#include "services/ledger/adapters/recovery/reconstruction.hpp"
#include "services/ledger/adapters/restore/row_writer.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/own_event.hpp"

// Persisted.
//
//   recovery/notice := checksum event
//   checksum        := SHA-256 of the event, 32 bytes
//   event           := v1.LedgerEvent
//
// What it says stands on the ledger for ever, and most of it is text, in which a wrong byte would
// not be seen.

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChecksumBytes = 32;
constexpr std::size_t kNoticeBytesMax = 1024 * 1024;

std::string RecoveryFolder(const std::string& data_dir) { return data_dir + "/recovery"; }

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

// Puts `made` where `place` is, at once, and what was there where `made` was; if nothing was there,
// nothing is.
Status Exchange(const std::string& made, const std::string& place) {
  std::error_code error;
  if (fs::exists(place, error)) {
    if (renameat2(AT_FDCWD, made.c_str(), AT_FDCWD, place.c_str(), RENAME_EXCHANGE) == 0)
      return absl::OkStatus();
    // Not every file system can; then there is a moment without a store, which is found on opening.
    const std::string aside = made + ".aside";
    fs::rename(place, aside, error);
    if (!error) fs::rename(made, place, error);
    if (!error) fs::rename(aside, made, error);
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

  // Behind the records that are there.
  Status AppendMissing(const Reconstruction& way) {
    HQ_ASSIGN_OR_RETURN(const auto log, StoredLog::OpenToWrite(settings_.data_dir));
    HQ_RETURN_IF_ERROR(Write(way, look_.walk, *log));
    return log->Finish();
  }

  // Into a new store, which takes the place of the one that is there.
  Status BuildAnew(const Reconstruction& way) {
    const std::string build = folder_ + "/rebuilding";
    HQ_ASSIGN_OR_RETURN(auto log, StoredLog::OpenToWrite(build));
    HQ_RETURN_IF_ERROR(KeepBlobs(*log));
    HQ_RETURN_IF_ERROR(Write(way, HistoryWalk(look_.log_id), *log));
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
    fault::Point("ledger.repair.exchange.after");
    if (fs::exists(LogFolder(build), error))
      HQ_RETURN_IF_ERROR(MoveInto(folder_, LogFolder(build), "log"));
    fs::remove_all(build, error);
    HQ_RETURN_IF_ERROR(SyncDirectory(folder_));
    return SyncDirectory(settings_.data_dir);
  }

 private:
  Status Write(const Reconstruction& way, HistoryWalk walk, StoredLog& log) {
    RowWriter rows(log);
    const auto take = [&](std::string_view record) {
      NoteFork(record);
      return rows.Add(walk.head().position, record);
    };
    const auto take_blob = [&](const std::string& sha256) { return BringBlob(sha256, log); };
    const Attempt again = WalkThrough(way.order, look_.findings.vouched, walk, take, take_blob);
    if (!again.fits()) return absl::UnavailableError(again.why_not);
    if (walk.head().hash != way.head.hash)
      return absl::UnavailableError("the sources have changed meanwhile");
    HQ_RETURN_IF_ERROR(rows.Flush());
    return RaiseIdFloor(way.head, log);
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
  // are not issued again.
  Status RaiseIdFloor(const ChainHead& head, StoredLog& log) const {
    IssuedIds issued;
    issued.restored = issued.furthest = {head.position, head.id, head.recorded_at_us};
    issued.witnessed = VouchedTo(look_.findings);
    HQ_ASSIGN_OR_RETURN(const TxnId floor, FirstIdAfterFork(issued, ToMicros(clock_.Now())));
    return log.PutMeta(keys::kIdFloor, FormatTxnId(floor));
  }

  const RecoverySettings& settings_;
  const Look& look_;
  const std::string folder_;
  Clock& clock_;
  std::map<std::uint64_t, std::string> forks_;  // Statements, by the epoch that they opened.
};

Status WriteNotice(const RecoverySettings& settings, const RecoveryReport& report) {
  v1::LedgerEvent event;
  auto& repaired = *event.mutable_ledger_repaired();
  repaired.set_cause(report.plan.cause);
  repaired.set_detail(report.plan.why);
  repaired.set_found_to(report.findings.store.end);
  repaired.set_repaired_to(report.attempt ? report.attempt->end : report.findings.store.end);
  repaired.set_signed_to(report.KnownGoodTo());
  if (report.attempt)
    for (const Attempt::Stretch& part : report.attempt->stretches) {
      auto* stretch = repaired.add_stretches();
      stretch->set_source(part.source);
      stretch->set_first(part.first);
      stretch->set_last(part.last);
    }
  repaired.set_evidence(report.folder);
  repaired.set_unattended(settings.is_unattended);
  const std::string bytes = event.SerializeAsString();
  return runtime::WriteDurably(RepairNoticeFile(settings.data_dir), Sha256(bytes) + bytes);
}

Status CarryOut(const RecoverySettings& settings, const std::optional<Reconstruction>& way,
                Look& look, const RecoveryReport& report, Clock& clock) {
  HQ_RETURN_IF_ERROR(WriteNotice(settings, report));
  Repair repair(settings, look, report.folder, clock);
  if (way && look.findings.store.condition == StoreFinding::Condition::kSound) {
    look.store_source.reset();
    look.store.reset();
    HQ_RETURN_IF_ERROR(repair.AppendMissing(*way));
  } else if (way) {
    HQ_RETURN_IF_ERROR(repair.BuildAnew(*way));
  }
  for (const FileFault& fault : look.findings.files) {
    std::error_code error;
    if (!fs::exists(fault.path, error)) continue;  // Named twice.
    HQ_RETURN_IF_ERROR(MoveInto(report.folder, fault.path, fs::path(fault.path).filename()));
  }
  return SyncDirectory(settings.data_dir);
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

std::string RepairNoticeFile(const std::string& data_dir) {
  return RecoveryFolder(data_dir) + "/notice";
}

Result<std::string> ReadRepairNotice(const std::string& data_dir) {
  const std::string file = RepairNoticeFile(data_dir);
  HQ_ASSIGN_OR_RETURN(const std::string bytes, runtime::ReadWhole(file, kNoticeBytesMax));
  const std::size_t begin = std::min(bytes.size(), kChecksumBytes);
  std::string event = bytes.substr(begin);
  if (Sha256(event) != bytes.substr(0, begin))
    return absl::DataLossError(file + " is not what the repair wrote");
  return event;
}

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
      HQ_RETURN_IF_ERROR(MakeDirectories(report.folder));
      const Status carried = CarryOut(settings, way, look, report, clock);
      report.is_done = carried.ok();
      if (!carried.ok()) {
        report.failure = std::string(carried.message());
        fs::remove(RepairNoticeFile(settings.data_dir), error);  // There is nothing to tell.
      }
    } else if (settings.is_unattended) {
      // A ledger that is started again and again does not fill the disk with reports.
      report.folder = RecoveryFolder(settings.data_dir) + "/last-start";
    }
  }
  fs::remove_all(scratch, error);
  if (report.plan.rung != Rung::kOpen) HQ_RETURN_IF_ERROR(WriteReport(report));
  return report;
}

}  // namespace hq::ledger
