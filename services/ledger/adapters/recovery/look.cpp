#include "services/ledger/adapters/recovery/look.hpp"

#include <algorithm>

#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/restore/restorer.hpp"
#include "services/ledger/core/keys.hpp"

namespace hq::ledger {
namespace {

using Condition = StoreFinding::Condition;

void SetBroken(const Status& why, StoreFinding& store) {
  store.condition = Condition::kBroken;
  const std::string reason = AdviceOf(why).reason;
  store.reason = reason.empty() ? "STORE_DAMAGED" : reason;
  store.detail = std::string(why.message());
}

// Opens what can be opened, and asks it whose it is.
Status OpenStore(const RecoverySettings& settings, const std::string& scratch, Look& look) {
  StoreFinding& found = look.findings.store;
  auto strict = StoredLog::OpenToRead(settings.data_dir);
  if (strict.ok()) {
    look.store = *std::move(strict);
  } else {
    auto salvaged = StoredLog::OpenToSalvage(settings.data_dir, scratch);
    if (absl::IsNotFound(strict.status()) && absl::IsNotFound(salvaged.status())) {
      found.condition = Condition::kEmptied;
      found.reason = "STORE_MISSING";
      found.detail = "there is no store in " + settings.data_dir;
      return absl::OkStatus();
    }
    SetBroken(strict.status(), found);
    if (!salvaged.ok()) return absl::OkStatus();  // Nothing of it is of use.
    look.store = *std::move(salvaged);
  }
  const auto epoch = look.store->Meta("epoch");
  if (epoch.ok()) found.epoch = keys::LastNumber(*epoch).value_or(0);
  const auto repairing_to = look.store->RepairingTo();
  if (repairing_to.ok()) found.repairing_to = *repairing_to;
  if (!repairing_to.ok() && found.condition == Condition::kSound)
    SetBroken(repairing_to.status(), found);
  const auto log_id = look.store->Meta("log_id");
  if (look.log_id.empty() && log_id.ok()) look.log_id = *log_id;
  const auto forks = look.store->ForkNotes();
  if (forks.ok()) look.forks = *forks;
  return absl::OkStatus();
}

// A store without records may have been made a moment ago: it does not say which life it is. What
// cannot be read is not empty.
bool HasRecords(const StoredLog* store) {
  const auto row = [](Position, std::string_view) { return absl::CancelledError("there is one"); };
  return store && !store->ForEach(row).ok();
}

Status AskArchive(const RecoverySettings& settings, Clock& clock, Look& look,
                  std::vector<VouchedHead>& heads) {
  if (settings.archive.where.empty()) return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(look.archive, settings.archive.Open(clock));
  SourceFinding found{"archive", 0, ""};
  const auto newest = ArchivedHistory::Open(*look.archive, std::nullopt);
  if (newest.ok() && look.epoch == 0) look.epoch = newest->epoch();
  if (newest.ok() && newest->newest_epoch() > look.epoch)
    look.findings.later_life.push_back({"the archive", newest->newest_epoch(), {}});
  auto history = newest.ok() ? ArchivedHistory::Open(*look.archive, look.epoch)
                             : Result<ArchivedHistory>(newest.status());
  if (history.ok()) {
    for (const std::string& note : history->ForkNotes()) look.forks.push_back(note);
    const auto note = history->NewestCheckpoint();
    const auto checkpoint =
        note.ok() ? OpenVouched(*note, look.keys) : Result<Checkpoint>(note.status());
    if (checkpoint.ok())
      heads.push_back({"the archive's newest checkpoint", checkpoint->epoch(), checkpoint->head});
    const bool is_of_another =
        note.ok() && !look.log_id.empty() && OriginOf(*note) != LogKeyName(look.log_id);
    if (is_of_another) found.fault = "it is the archive of another ledger";
    if (!is_of_another) found.end = history->coverage().end;
    if (!is_of_another)
      look.segments = std::make_unique<ArchiveSource>(*std::move(history), look.keys);
  } else if (!absl::IsNotFound(history.status())) {
    found.fault = std::string(history.status().message());
  }
  look.findings.sources.push_back(std::move(found));
  return absl::OkStatus();
}

void AskNews(const RecoverySettings& settings, const std::vector<Fork>& forks, Look& look) {
  if (settings.announcer.login.url.empty() || look.log_id.empty()) return;
  const auto is_ours = [forks, life = look.epoch](std::uint64_t epoch, Position position) {
    const auto in_common = InCommon(forks, epoch, life);
    return epoch <= life && in_common && position <= *in_common;
  };
  auto news = NewsSource::Open(settings.announcer, look.log_id, is_ours);
  SourceFinding found{"announcements", 0, ""};
  if (news.ok()) found.end = (*news)->end();
  if (!news.ok()) found.fault = std::string(news.status().message());
  look.findings.sources.push_back(std::move(found));
  if (news.ok() && (*news)->end() > 0) look.news = *std::move(news);
}

// Which heads are about the life that is looked at; what a signed statement gave up is about none.
void SortHeads(const std::vector<VouchedHead>& heads, const std::vector<Fork>& forks, Look& look) {
  for (const VouchedHead& one : heads) {
    if (one.epoch > look.epoch) {
      look.findings.later_life.push_back(one);
      continue;
    }
    const auto in_common = InCommon(forks, one.epoch, look.epoch);
    if (in_common && one.head.size <= *in_common && one.head.size > 0)
      look.findings.vouched.push_back(one);
  }
}

void WalkStore(Look& look) {
  StoreFinding& found = look.findings.store;
  if (!HasRecords(look.store.get())) {
    if (found.condition != Condition::kSound || KnownEnd(look.findings) == 0) return;
    found.condition = Condition::kEmptied;
    found.reason = "STORE_EMPTIED";
    found.detail = "the store has not a single record";
    return;
  }
  look.walk = HistoryWalk(look.log_id);
  Status walked;
  for (const VouchedHead& one : look.findings.vouched)
    walked.Update(look.walk.Expect(one.head).status());
  if (walked.ok()) walked = WalkStored(*look.store, look.walk, [] { return absl::OkStatus(); });
  found.end = look.walk.head().position;
  if (walked.ok() && look.walk.head().epoch > found.epoch)
    walked = absl::DataLossError("its records are of a later epoch than it says");
  if (!walked.ok() && found.condition == Condition::kSound) SetBroken(walked, found);
  look.store_source = std::make_unique<StoreSource>("store", *look.store, found.end);
}

}  // namespace

Status FetchNewestImage(const std::string& scratch, Look& look) {
  if (!look.archive) return absl::NotFoundError("there is no archive");
  HQ_ASSIGN_OR_RETURN(const auto names, look.archive->List(std::string(kImagesFolder)));
  Status fetched = absl::NotFoundError("the archive has no image");
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const std::size_t day_at = kImagesFolder.size();
    const std::string day = name->substr(day_at, name->find('/', day_at) - day_at);
    if (*name != ImageManifestName(day)) continue;
    const std::string folder = scratch + "/image-" + day;
    const auto manifest = FetchImage(*look.archive, day, LogFolder(folder));
    auto log = manifest.ok() ? StoredLog::OpenToRead(folder)
                             : Result<std::unique_ptr<StoredLog>>(manifest.status());
    fetched = log.status();
    if (!log.ok()) continue;
    look.image = *std::move(log);
    look.image_source = std::make_unique<StoreSource>("image", *look.image, manifest->position());
    break;
  }
  return fetched;
}

Result<Look> LookAround(const RecoverySettings& settings, const std::string& scratch,
                        Clock& clock) {
  Look look;
  HQ_ASSIGN_OR_RETURN(VouchedFiles files, ReadVouchedFiles(settings));
  look.findings.files = std::move(files.faults);
  look.keys = std::move(files.keys);
  look.log_id = std::move(files.log_id);
  HQ_RETURN_IF_ERROR(OpenStore(settings, scratch, look));
  // If the right store has been put here since, what was seen was of this ledger.
  if (files.other_ledger != LogKeyName(look.log_id))
    look.findings.other_ledger = std::move(files.other_ledger);
  if (HasRecords(look.store.get()) || files.heads.empty()) look.epoch = look.findings.store.epoch;
  if (look.epoch == 0)
    for (const VouchedHead& one : files.heads) look.epoch = std::max(look.epoch, one.epoch);
  HQ_RETURN_IF_ERROR(AskArchive(settings, clock, look, files.heads));
  const std::vector<Fork> forks = OpenForks(look.forks, look.keys);
  AskNews(settings, forks, look);
  SortHeads(files.heads, forks, look);
  WalkStore(look);
  return look;
}

}  // namespace hq::ledger
