#include "services/ledger/adapters/restore/restorer.hpp"

#include <algorithm>
#include <filesystem>
#include <tuple>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/runtime/fault.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/archive/segment_file.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/restore/row_writer.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/ledger/core/own_event.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

namespace fs = std::filesystem;

Status NotEmpty(const std::string& directory) {
  return Refusal(absl::StatusCode::kAlreadyExists, "there is something in " + directory,
                 "DIRECTORY_NOT_EMPTY", "Restore into a directory that is not there yet.");
}

// The furthest record that is known of: restored, in the archive, or in the data that are given up.
struct Abandoned {
  IssuedIds issued;
  std::uint64_t newest_epoch = 0;
};

IssuedRecord IssuedAt(const ChainHead& head) {
  return {head.position, head.id, head.recorded_at_us};
}

bool IsFurther(const IssuedRecord& a, const IssuedRecord& b) {
  return std::tie(a.id.day, a.id.counter) > std::tie(b.id.day, b.id.counter);
}

Result<Abandoned> LookAtAbandoned(const ArchivedHistory& history, const RestoreOrder& order,
                                  const ChainHead& restored) {
  Abandoned abandoned;
  abandoned.newest_epoch = history.newest_epoch();
  abandoned.issued.restored = IssuedAt(restored);
  abandoned.issued.furthest = abandoned.issued.restored;
  abandoned.issued.witnessed = order.witnessed;
  HQ_ASSIGN_OR_RETURN(const IssuedRecord archived, history.Furthest());
  if (IsFurther(archived, abandoned.issued.furthest)) abandoned.issued.furthest = archived;
  if (order.abandoned.empty()) return abandoned;
  HQ_ASSIGN_OR_RETURN(const auto log, StoredLog::OpenToRead(order.abandoned));
  HQ_ASSIGN_OR_RETURN(const auto last, log->LastRecord());
  if (!last) return abandoned;  // It lost everything: nothing is known of its tail.
  HQ_ASSIGN_OR_RETURN(const ChainHead end, HeadAfter(*last));
  if (end.log_id != restored.log_id)
    return absl::InvalidArgumentError(order.abandoned + " is another ledger");
  abandoned.newest_epoch = std::max(abandoned.newest_epoch, end.epoch);
  const IssuedRecord its_last = IssuedAt(end);
  // If the archive knows more than the data that are given up, those have lost their tail; of one
  // that a repair was bringing back the end is not known either.
  const bool is_furthest = !IsFurther(abandoned.issued.furthest, its_last);
  if (is_furthest) abandoned.issued.furthest = its_last;
  HQ_ASSIGN_OR_RETURN(const Position repairing_to, log->RepairingTo());
  abandoned.issued.is_tail_known = is_furthest && repairing_to == 0;
  return abandoned;
}

ForkStatement StatementOf(const ArchivedHistory& history, const RestoreOrder& order,
                          const ChainHead& restored, const Abandoned& abandoned) {
  ForkStatement fork;
  fork.log_id = restored.log_id;
  fork.point = {history.epoch(), abandoned.newest_epoch + 1, restored.position};
  fork.restored_hash = restored.hash;
  fork.abandoned_to =
      std::max({restored.position, abandoned.issued.furthest.position, abandoned.issued.witnessed});
  fork.is_tail_known = abandoned.issued.is_tail_known &&
                       abandoned.issued.witnessed <= abandoned.issued.furthest.position;
  fork.why = order.why;
  return fork;
}

// The first record of the new life.
Link OpenEpoch(const ForkStatement& fork, const std::string& note, const HistoryWalk& walk) {
  v1::LedgerEvent event;
  auto& started = *event.mutable_epoch_started();
  started.set_from_epoch(fork.point.from_epoch);
  started.set_restored_to(fork.point.restored_to);
  started.set_restored_hash(fork.restored_hash);
  started.set_abandoned_to(fork.abandoned_to);
  started.set_is_tail_known(fork.is_tail_known);
  started.set_why(fork.why);
  started.set_statement(note);
  v1::Record draft;
  draft.set_stream(std::string(kOwnStream));
  draft.set_version(walk.own_version() + 1);
  draft.set_branch(std::string(kHqBranch));
  draft.set_event(EventNameOf(event));
  draft.set_producer("ledger");
  draft.set_actor("ledger");
  draft.set_role("service");
  draft.set_schema_version(1);
  draft.mutable_data()->PackFrom(event);
  ChainHead head = walk.head();
  head.epoch = fork.point.epoch;
  head.id = {fork.first_id.day, fork.first_id.counter - 1};
  Link link = Extend(head, std::move(draft), fork.time_us);
  HQ_CHECK(link.record.id() == FormatTxnId(fork.first_id), "the new life begins with its first id");
  return link;
}

// The new life's first segment: so that the archive knows of this life from its first moment.
Status ShipFirst(const Link& first, const HistoryWalk& walk, Archive& archive) {
  v1::SegmentManifest manifest;
  manifest.set_log_id(first.record.log_id());
  manifest.set_epoch(first.record.epoch());
  manifest.set_first(first.record.position());
  manifest.set_last(first.record.position());
  manifest.set_last_hash(walk.head().hash);
  manifest.set_tree_root(walk.tree_head().root);
  manifest.set_last_id(first.record.id());
  manifest.set_last_recorded_at_us(first.record.recorded_at_us());
  std::string frames;
  AddFrame(frames, first.bytes);
  const SegmentName name{manifest.epoch(), manifest.first(), manifest.last()};
  return archive.Put(FormatSegmentName(name), EncodeSegment(std::move(manifest), frames));
}

// Where lives began is what the archive's statements say, each in a file that may have rotted: one
// that a known key signed must hold. Those of other keys are not looked at. Needs no record: the
// names of the log's keys stand beside the signatures.
Status CheckForks(const ArchivedHistory& history, const RestoreOrder& order,
                  const KeyFor& key_for) {
  const std::string prefix = LogKeyName("");
  for (const std::string& bytes : history.ForkNotes()) {
    HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(bytes));
    std::vector<VerifierKey> keys = order.log_keys;
    for (const NoteSignature& signature : note.signatures) {
      if (!signature.key_name.starts_with(prefix)) continue;
      HQ_ASSIGN_OR_RETURN(const SigningKey own, key_for(signature.key_name.substr(prefix.size())));
      keys.push_back(own.PublicKey(KeyType::kEd25519));
    }
    for (const VerifierKey& key : keys) {
      const bool has_signed =
          std::any_of(note.signatures.begin(), note.signatures.end(),
                      [&](const NoteSignature& signature) { return key.IsSignerOf(signature); });
      if (has_signed && !OpenFork(bytes, key).ok())
        return Refusal(absl::StatusCode::kDataLoss,
                       "a statement under " + std::string(kForksFolder) + " is not what was signed",
                       "FORK_BROKEN", "Take another copy of it.");
    }
  }
  return absl::OkStatus();
}

// The statement of that life as its first record has it; nothing if that record was not restored.
Result<std::optional<std::string>> StatementIn(const StoredLog& log, const Fork& fork) {
  std::optional<std::string> found;
  const Position wanted = fork.restored_to + 1;
  const auto look = [&](Position first, std::string_view frames) -> Status {
    FrameWalker walker(frames);
    Position position = first;
    std::optional<std::string_view> bytes = walker.Next();
    for (; bytes && position < wanted; ++position) bytes = walker.Next();
    v1::Record record;
    v1::LedgerEvent event;
    const bool is_it = bytes && position == wanted &&
                       record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())) &&
                       record.stream() == kOwnStream && record.epoch() == fork.epoch &&
                       record.data().UnpackTo(&event) && event.has_epoch_started();
    if (is_it) found = event.epoch_started().statement();
    return absl::CancelledError("one row is enough");
  };
  const Status looked = log.ForEach(look, wanted);
  if (!looked.ok() && !absl::IsCancelled(looked)) return looked;
  return found;
}

Status PutMetaRows(const ArchivedHistory& history, const Restored& restored, StoredLog& log) {
  HQ_RETURN_IF_ERROR(log.PutMeta("log_id", restored.fork.log_id));
  HQ_RETURN_IF_ERROR(log.PutMeta("epoch", keys::Number(restored.fork.point.epoch)));
  std::vector<std::string> notes = history.ForkNotes();
  notes.push_back(restored.note);
  for (const std::string& bytes : notes) {
    HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(bytes));
    HQ_ASSIGN_OR_RETURN(const ForkStatement fork, ForkStatement::Parse(note.text));
    // The records are checked by their links; what the archive has beside them is not.
    HQ_ASSIGN_OR_RETURN(const auto recorded, StatementIn(log, fork.point));
    HQ_RETURN_IF_ERROR(log.PutMeta(keys::OfFork(fork.point.epoch), recorded.value_or(bytes)));
  }
  return absl::OkStatus();
}

// The first record of the new life and what the ledger knows of itself; then all of it is on disk.
Status FinishLog(const ArchivedHistory& history, const Restored& restored, const Link& first,
                 std::unique_ptr<StoredLog> log) {
  std::string frames;
  AddFrame(frames, first.bytes);
  HQ_RETURN_IF_ERROR(log->Append(first.record.position(), frames));
  HQ_RETURN_IF_ERROR(PutMetaRows(history, restored, *log));
  return log->Finish();
}

}  // namespace

std::string LogKeyName(const std::string& log_id) { return "hq-os/" + log_id; }

Status ReplayInto(const ArchivedHistory& history, const Until& until,
                  const std::vector<VerifierKey>& log_keys, HistoryWalk& walk, StoredLog& log) {
  RowWriter rows(log);
  const auto take = [&](std::string_view record) { return rows.Add(walk.head().position, record); };
  const auto take_blob = [&](const std::string& sha256) -> Status {
    const auto content = history.archive().Get(BlobName(sha256));
    if (content.ok() && Sha256(*content) == sha256) return log.PutBlob(sha256, *content);
    if (!content.ok() && !absl::IsNotFound(content.status())) return content.status();
    return Refusal(absl::StatusCode::kDataLoss, BlobName(sha256) + " is missing or broken",
                   "BLOB_BROKEN", "Take another copy of it.");
  };
  HQ_RETURN_IF_ERROR(history.Replay(until, log_keys, walk, take, take_blob));
  return rows.Flush();
}

Status WalkStored(const StoredLog& log, HistoryWalk& walk, const std::function<Status()>& after) {
  return log.ForEach([&](Position first, std::string_view frames) -> Status {
    if (first != walk.head().position + 1)
      return absl::DataLossError("the stored log has a hole before " + std::to_string(first));
    FrameWalker walker(frames);
    while (const auto record = walker.Next()) {
      HQ_RETURN_IF_ERROR(walk.Take(*record));
      HQ_RETURN_IF_ERROR(after());
    }
    return walker.is_broken() ? absl::DataLossError("a stored row is broken") : absl::OkStatus();
  });
}

Result<std::unique_ptr<StoredLog>> BeginWithImage(const ArchivedHistory& history,
                                                  const std::string& day, const Until& until,
                                                  const std::string& data_dir, HistoryWalk& walk) {
  HQ_RETURN_IF_ERROR(FetchImage(history.archive(), day, LogFolder(data_dir)).status());
  HQ_ASSIGN_OR_RETURN(auto log, StoredLog::OpenToWrite(data_dir));
  const Status walked = WalkStored(*log, walk, [] { return absl::OkStatus(); });
  HQ_RETURN_IF_ERROR(walked);
  const bool is_too_far = (until.position && walk.head().position > *until.position) ||
                          (until.time_us && walk.head().recorded_at_us > *until.time_us) ||
                          walk.head().position > history.coverage().end;
  if (is_too_far)
    return Refusal(absl::StatusCode::kOutOfRange,
                   "the image of " + day + " goes to position " +
                       std::to_string(walk.head().position) + " already",
                   "IMAGE_TOO_NEW", "Begin with an older image, or with none.");
  return log;
}

namespace {

// What was restored, in a directory that is not the ledger's yet.
struct Prefix {
  ArchivedHistory history;
  HistoryWalk walk;
  std::unique_ptr<StoredLog> log;
};

Result<Prefix> RestorePrefix(const Archive& archive, const RestoreOrder& order,
                             const KeyFor& key_for, const std::string& directory) {
  HQ_ASSIGN_OR_RETURN(auto history, ArchivedHistory::Open(archive, order.epoch));
  HQ_RETURN_IF_ERROR(CheckForks(history, order, key_for));  // Before hours of work.
  Prefix prefix{std::move(history), HistoryWalk(), nullptr};
  std::error_code error;
  fs::remove_all(directory, error);  // What a restore that was broken off left behind.
  auto log = order.image_day.empty() ? StoredLog::OpenToWrite(directory)
                                     : BeginWithImage(prefix.history, order.image_day, order.until,
                                                      directory, prefix.walk);
  HQ_ASSIGN_OR_RETURN(prefix.log, std::move(log));
  HQ_RETURN_IF_ERROR(
      ReplayInto(prefix.history, order.until, order.log_keys, prefix.walk, *prefix.log));
  if (prefix.walk.head().position == 0)
    return absl::NotFoundError("no record was taken before that time");
  return prefix;
}

}  // namespace

Result<Restored> Restore(Archive& archive, const RestoreOrder& order, const KeyFor& key_for,
                         Clock& clock) {
  if (!IsWhy(order.why)) return absl::InvalidArgumentError("why: one printable line is needed");
  std::error_code error;
  if (fs::exists(order.into, error) && !fs::is_empty(order.into, error))
    return NotEmpty(order.into);
  const std::string meanwhile = order.into + ".restoring";
  HQ_ASSIGN_OR_RETURN(Prefix prefix, RestorePrefix(archive, order, key_for, meanwhile));
  HistoryWalk& walk = prefix.walk;
  HQ_ASSIGN_OR_RETURN(const auto abandoned, LookAtAbandoned(prefix.history, order, walk.head()));
  HQ_ASSIGN_OR_RETURN(const SigningKey key, key_for(walk.head().log_id));

  Restored restored;
  restored.tree = walk.tree_head();
  restored.fork = StatementOf(prefix.history, order, walk.head(), abandoned);
  restored.fork.time_us = ToMicros(clock.Now());
  HQ_ASSIGN_OR_RETURN(restored.fork.first_id,
                      FirstIdAfterFork(abandoned.issued, restored.fork.time_us));
  const std::string text = restored.fork.Format();
  restored.note = FormatSignedNote({text, {key.Sign(text)}});
  const Link first = OpenEpoch(restored.fork, restored.note, walk);
  HQ_RETURN_IF_ERROR(walk.Take(first.bytes));
  HQ_RETURN_IF_ERROR(FinishLog(prefix.history, restored, first, std::move(prefix.log)));
  // The archive arbitrates: of two who restore at once, one gets the epoch.
  HQ_RETURN_IF_ERROR(archive.Put(ForkName(restored.fork.point.epoch), restored.note));
  fault::Point("ledger.restore.fork.after");
  HQ_RETURN_IF_ERROR(ShipFirst(first, walk, archive));
  fs::remove(order.into, error);  // If it is there, it is empty.
  fs::rename(meanwhile, order.into, error);
  if (error) return absl::UnavailableError("cannot name " + order.into + ": " + error.message());
  HQ_RETURN_IF_ERROR(SyncDirectory(fs::absolute(order.into).parent_path()));
  restored.head = walk.head();
  return restored;
}

}  // namespace hq::ledger
