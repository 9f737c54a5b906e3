#include "services/ledger/adapters/restore/drill.hpp"

#include <absl/strings/str_cat.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "common/base/ids.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "services/ledger/adapters/restore/tile_files.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/prover.hpp"

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

// A directory that goes when the object goes.
class PassingDirectory {
 public:
  static Result<std::unique_ptr<PassingDirectory>> Make(const std::string& parent) {
    std::string name = parent + "/drill-XXXXXX";
    if (!mkdtemp(name.data()))
      return absl::UnavailableError("cannot make a directory in " + parent);
    return std::unique_ptr<PassingDirectory>(new PassingDirectory(name));
  }
  ~PassingDirectory() {
    std::error_code ignored;  // A leftover directory does not make the backup worse.
    fs::remove_all(path_, ignored);
  }
  PassingDirectory(const PassingDirectory&) = delete;
  PassingDirectory& operator=(const PassingDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  explicit PassingDirectory(std::string path) : path_(std::move(path)) {}
  const std::string path_;
};

std::int64_t EndOfYesterday(TimePoint now) {
  return ToMicros(std::chrono::floor<std::chrono::days>(now)) - 1;
}

std::int64_t BeginOfDay(std::int64_t time_us) {
  return ToMicros(std::chrono::floor<std::chrono::days>(FromMicros(time_us)));
}

// Whether there is an image, with its manifest, of `day` (YYYYMMDD) or a later one.
Result<bool> HasImageSince(const Archive& archive, const std::string& day) {
  HQ_ASSIGN_OR_RETURN(const auto names, archive.List(std::string(kImagesFolder)));
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    const std::string its_day = name.substr(kImagesFolder.size(), day.size());
    return its_day >= day && name == ImageManifestName(its_day);
  });
}

// Whether backups were still made on the day of `time_us`: without this, where they have stopped,
// the last thing that they left would pass for every later day's. Images are asked second: they are
// many names.
Status CheckIsFresh(const ArchivedHistory& history, std::int64_t time_us) {
  const std::int64_t since_us = BeginOfDay(time_us);
  HQ_ASSIGN_OR_RETURN(const IssuedRecord newest, history.Furthest());
  if (newest.recorded_at_us >= since_us) return absl::OkStatus();
  const TimePoint since = FromMicros(since_us);
  HQ_ASSIGN_OR_RETURN(const bool has_image, HasImageSince(history.archive(), UtcDay(since)));
  if (has_image) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "the archive has nothing since " + ToRfc3339(since) +
                     ": no image, and its newest record was taken " +
                     ToRfc3339(FromMicros(newest.recorded_at_us)),
                 "ARCHIVE_STALE",
                 "Look for backup_failed events, then run `hqctl ledger backup`; for a day that "
                 "the archive has, give --as-of.");
}

Result<TreeHead> SignedTree(const ArchivedHistory& history, const std::string& note,
                            const std::vector<VerifierKey>& log_keys) {
  Status refused = absl::PermissionDeniedError("no key to check the checkpoint by was given");
  for (const VerifierKey& key : log_keys) {
    auto opened = OpenCheckpoint(note, key);
    refused = opened.status();
    if (!opened.ok()) continue;
    HQ_RETURN_IF_ERROR(history.CheckHas(opened->checkpoint));
    return opened->checkpoint.head;
  }
  return refused;
}

// Restores into `data_dir` and has the ledger open it.
Result<HistoryWalk> RestoreTo(const std::string& data_dir, const ArchivedHistory& history,
                              const DrillOrder& order, const Until& until, const OpenLedger& open) {
  HistoryWalk walk;
  auto begun = order.image_day.empty()
                   ? StoredLog::OpenToWrite(data_dir)
                   : BeginWithImage(history, order.image_day, until, data_dir, walk);
  HQ_ASSIGN_OR_RETURN(auto log, std::move(begun));
  HQ_RETURN_IF_ERROR(ReplayInto(history, until, order.log_keys, walk, *log));
  if (walk.head().position == 0) return walk;
  HQ_RETURN_IF_ERROR(log->PutMeta("log_id", walk.head().log_id));
  HQ_RETURN_IF_ERROR(log->PutMeta("epoch", keys::Number(walk.head().epoch)));
  HQ_RETURN_IF_ERROR(log->Finish());
  log.reset();
  HQ_RETURN_IF_ERROR(open(data_dir));
  return walk;
}

// Walks what lies in `data_dir` now, from its first byte on.
Result<HistoryWalk> ReadBack(const std::string& data_dir, TileFiles& tiles) {
  HQ_ASSIGN_OR_RETURN(const auto log, StoredLog::OpenToRead(data_dir));
  HistoryWalk walk;
  const Status walked = WalkStored(*log, walk, [&] { return tiles.Append(walk.head().hash); });
  HQ_RETURN_IF_ERROR(walked);
  return walk;
}

// Grows the tree from where `walk` is to the signed size, out of the archive.
Status GrowTo(const TreeHead& signed_tree, const ArchivedHistory& history, const DrillOrder& order,
              HistoryWalk walk, TileFiles& tiles) {
  if (signed_tree.size <= walk.head().position) return absl::OkStatus();
  Until until;
  until.position = signed_tree.size;
  return history.Replay(
      until, order.log_keys, walk, [&](std::string_view) { return tiles.Append(walk.head().hash); },
      [](const std::string&) { return absl::OkStatus(); });
}

}  // namespace

Result<DrillReport> Drill(const Archive& archive, const DrillOrder& order, const OpenLedger& open,
                          Clock& clock) {
  const auto since = std::chrono::steady_clock::now();
  DrillReport report;
  HQ_ASSIGN_OR_RETURN(const auto history, ArchivedHistory::Open(archive, order.epoch));
  std::string note = order.checkpoint;
  if (note.empty()) {
    HQ_ASSIGN_OR_RETURN(note, history.NewestCheckpoint());
  }
  HQ_ASSIGN_OR_RETURN(report.signed_tree, SignedTree(history, note, order.log_keys));
  HQ_ASSIGN_OR_RETURN(const auto directory, PassingDirectory::Make(order.directory));
  const std::string data_dir = directory->path() + "/data";
  const std::int64_t yesterday_us = EndOfYesterday(clock.Now());
  Until until;
  until.time_us = order.as_of_us.value_or(yesterday_us);
  HQ_RETURN_IF_ERROR(CheckIsFresh(history, std::min(*until.time_us, yesterday_us)));
  HQ_ASSIGN_OR_RETURN(HistoryWalk restored, RestoreTo(data_dir, history, order, until, open));
  if (restored.head().position == 0) {
    report.is_all_of_today = true;
    HQ_ASSIGN_OR_RETURN(restored, RestoreTo(data_dir, history, order, Until(), open));
  }
  TileFiles tiles(directory->path());
  HQ_ASSIGN_OR_RETURN(const HistoryWalk stored, ReadBack(data_dir, tiles));
  if (stored.head().hash != restored.head().hash)
    return absl::DataLossError("what was restored reads back as something else");
  report.restored = stored.head();
  report.restored_tree = stored.tree_head();
  HQ_RETURN_IF_ERROR(GrowTo(report.signed_tree, history, order, stored, tiles));
  const bool is_older = report.restored_tree.size <= report.signed_tree.size;
  const TreeHead& first = is_older ? report.restored_tree : report.signed_tree;
  const TreeHead& second = is_older ? report.signed_tree : report.restored_tree;
  Prover prover([&](const TileId& id, unsigned width) { return tiles.Read(id, width); });
  HQ_ASSIGN_OR_RETURN(const Proof proof, prover.Consistency(first.size, second.size));
  const Status is_consistent = CheckConsistency(first, second, proof);
  if (!is_consistent.ok())
    return Refusal(
        absl::StatusCode::kDataLoss,
        "the backup is not where the signed tree began: " + std::string(is_consistent.message()),
        "BACKUP_INCONSISTENT", "Do not restore from it; audit the archive by hand.");
  report.proof_hashes = proof.size();
  report.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - since);
  return report;
}

std::string DrillReport::Format() const {
  return absl::StrCat(
      "restored    position ", restored.position, ", epoch ", restored.epoch, ", taken ",
      ToRfc3339(FromMicros(restored.recorded_at_us)), ", last id ", FormatTxnId(restored.id), "\n",
      is_all_of_today ? "            (no record is older than today: everything was restored)\n"
                      : "",
      "its tree    ", restored_tree.size, " records, root ", Hex(restored_tree.root), "\n",
      "signed tree ", signed_tree.size, " records, root ", Hex(signed_tree.root), "\n",
      "consistent  proven by ", proof_hashes, " hashes; the ledger opens what was restored\n",
      "took        ", took.count(), " ms\n");
}

}  // namespace hq::ledger
