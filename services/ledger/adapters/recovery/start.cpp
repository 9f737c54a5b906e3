#include "services/ledger/adapters/recovery/start.hpp"

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "common/base/ids.hpp"
#include "common/runtime/log.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/checkpoint_files.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/adapters/recovery/recovery.hpp"
#include "services/ledger/adapters/recovery/repair_notice_file.hpp"
#include "services/ledger/adapters/restore/stored_log.hpp"
#include "services/ledger/core/archive_layout.hpp"
#include "services/ledger/core/own_event.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kNoticePause(50);

std::uint64_t SizeIn(const std::string& bytes) {
  const auto note = ParseSignedNote(bytes);
  const auto checkpoint =
      note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.status());
  return checkpoint.ok() ? checkpoint->head.size : 0;
}

// What the files beside the store say, at the most: a reason to look, and no more. What is damaged
// is refused where it is used.
std::uint64_t ClaimedSize(const std::string& data_dir) {
  const CheckpointFiles files(data_dir);
  std::uint64_t size = 0;
  for (const auto& note : {files.LoadCheckpoint(), files.LoadWitnessed()})
    if (note.ok() && *note) size = std::max(size, SizeIn(**note));
  const auto cosigned = files.LoadCosigned();
  if (cosigned.ok())
    for (const std::string& note : *cosigned) size = std::max(size, SizeIn(note));
  return size;
}

// Whether opening would make a new ledger there: there is no store, and nothing beside it that was
// kept of one.
bool WouldBeNew(const std::string& data_dir) {
  std::error_code error;
  return ClaimedSize(data_dir) == 0 &&
         !std::filesystem::exists(LogFolder(data_dir) + "/CURRENT", error) &&
         !std::filesystem::exists(CheckpointFiles(data_dir).checkpoint_file(), error);
}

// A new ledger has a new archive. If the archive has one already, its disk was wiped or is not
// mounted. An archive that cannot be read may have one: the ledger waits for it this once.
Status CheckArchiveIsNew(const ArchiveSettings& settings, Clock& clock) {
  if (settings.where.empty()) return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(const auto archive, settings.Open(clock));
  for (const std::string_view folder : {kImagesFolder, kSegmentsFolder}) {
    HQ_ASSIGN_OR_RETURN(const auto names, archive->List(std::string(folder)));
    if (names.empty()) continue;
    return Refusal(
        absl::StatusCode::kFailedPrecondition,
        "the data directory has no ledger, and the archive has one: " + archive->target() +
            " has " + names.front(),
        "ARCHIVE_HAS_A_LEDGER",
        "Mount the ledger's disk. If it is lost, restore it with `hq-ledger restore`. If "
        "a new ledger is meant, point HQ_ARCHIVE elsewhere.");
  }
  return absl::OkStatus();
}

// Word that nobody can read, for a person to look at; no start tells of it again.
void MoveAside(const std::string& file) {
  const std::string aside = file + ".unreadable";
  std::error_code error;
  std::filesystem::rename(file, aside, error);
  const Status moved = error
                           ? absl::UnavailableError("cannot name " + aside + ": " + error.message())
                           : SyncDirectory(std::filesystem::path(file).parent_path());
  if (!moved.ok()) log::Error("repair_notice_not_moved", {{"error", moved.ToString()}});
}

void Tell(const RecoveryReport& report) {
  const std::string file = report.folder + "/report.md";
  if (report.is_done) {
    log::Warn("ledger_repaired", {{"cause", report.plan.cause},
                                  {"why", report.plan.why},
                                  {"failure", report.failure},
                                  {"report", file}});
  } else if (report.plan.rung != Rung::kOpen) {
    log::Error("ledger_not_repaired", {{"rung", NameOf(report.plan.rung)},
                                       {"cause", report.plan.cause},
                                       {"why", report.plan.why},
                                       {"failure", report.failure},
                                       {"report", file}});
  }
}

}  // namespace

Result<std::unique_ptr<RocksEventLog>> OpenRepaired(RecoverySettings settings, Clock& clock,
                                                    runtime::Metrics& metrics) {
  if (WouldBeNew(settings.data_dir)) HQ_RETURN_IF_ERROR(CheckArchiveIsNew(settings.archive, clock));
  auto opened = RocksEventLog::Open(settings.data_dir, clock, metrics);
  const std::string reason = AdviceOf(opened.status()).reason;
  const bool may_be_repaired = reason == "STORE_EMPTIED" || reason == "REPAIR_UNFINISHED";
  if (!opened.ok() && !may_be_repaired) return opened;
  const std::uint64_t claimed = ClaimedSize(settings.data_dir);
  if (opened.ok() && claimed <= (*opened)->Head().head().position()) return opened;
  log::Error("ledger_behind", {{"claimed", std::to_string(claimed)}, {"reason", reason}});
  if (opened.ok()) opened->reset();  // The recovery needs the files for itself.
  settings.is_unattended = true;
  const auto report = Recover(settings, clock);
  if (report.ok()) Tell(*report);
  if (!report.ok()) log::Error("ledger_not_repaired", {{"error", report.status().ToString()}});
  return RocksEventLog::Open(settings.data_dir, clock, metrics);
}

RepairNotice::RepairNotice(const std::string& data_dir, RocksEventLog& log,
                           std::function<Status()> gate)
    : data_dir_(data_dir), log_(log), gate_(std::move(gate)) {}

void RepairNotice::Run(std::stop_token stop) {
  const std::string file = RepairNoticeFile(data_dir_);
  const auto bytes = ReadRepairNotice(data_dir_);
  if (absl::IsNotFound(bytes.status())) return;
  v1::LedgerEvent event;
  if (!bytes.ok() || !event.ParseFromString(*bytes) || !event.has_ledger_repaired()) {
    log::Error("repair_notice_unreadable",
               {{"file", file}, {"error", std::string(bytes.status().message())}});
    if (!absl::IsUnavailable(bytes.status())) MoveAside(file);  // The disk may give it yet.
    return;
  }
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    const Status may_serve = gate_();
    const auto appended =
        may_serve.ok() ? log_.As(Itself())->Append(AppendOf(event, "repair-" + KeyOf({*bytes})))
                       : Result<v1::AppendResponse>(may_serve);
    if (appended.ok()) {
      std::error_code error;
      std::filesystem::remove(file, error);  // Recorded once also if it stays.
      return;
    }
    stopped.wait_for(lock, stop, kNoticePause, [] { return false; });
  }
}

}  // namespace hq::ledger
