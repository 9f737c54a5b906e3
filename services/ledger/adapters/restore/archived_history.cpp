#include "services/ledger/adapters/restore/archived_history.hpp"

#include <algorithm>
#include <tuple>

#include "common/transparency/checkpoint.hpp"
#include "common/transparency/signed_note.hpp"
#include "services/ledger/adapters/archive/archive_fault.hpp"
#include "services/ledger/adapters/archive/segment_file.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

Status Loss(const std::string& what, std::string_view reason, std::string_view next_step) {
  return Refusal(absl::StatusCode::kDataLoss, what, reason, next_step);
}

Status NotAsWritten(const std::string& name, const std::string& why) {
  return Loss(name + ": " + why, "SEGMENT_BROKEN", "Take another copy of it.");
}

// A file that the list named.
Result<std::string> GetListed(const Archive& archive, const std::string& name) {
  auto bytes = archive.Get(name);
  if (absl::IsNotFound(bytes.status()))
    return Loss(name + " is not in the archive any more", "SEGMENT_MISSING", "Put it back.");
  return bytes;
}

Result<Segment> SegmentAt(const Archive& archive, const SegmentName& segment_name) {
  const std::string name = FormatSegmentName(segment_name);
  HQ_ASSIGN_OR_RETURN(const std::string file, GetListed(archive, name));
  auto segment = DecodeSegment(file);
  if (!segment.ok()) return Annotate(segment.status(), name);
  const auto& manifest = segment->manifest;
  const SegmentName inside{manifest.epoch(), manifest.first(), manifest.last()};
  if (inside != segment_name) return NotAsWritten(name, "it is another segment");
  return segment;
}

Result<ForkStatement> ForkIn(const std::string& bytes) {
  HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(bytes));
  return ForkStatement::Parse(note.text);
}

// Whether the piece has the records that a checkpoint in its segment is about: of that life, and
// not beyond.
bool Has(const Piece& piece, const Checkpoint& checkpoint) {
  return checkpoint.epoch() == piece.segment.epoch && checkpoint.head.size <= piece.last;
}

// What the segment says of trees is held against the walk: its own root if the whole segment is
// replayed, a checkpoint if it is about records that are.
Status ExpectTrees(const Piece& piece, const v1::SegmentManifest& manifest,
                   const std::vector<VerifierKey>& log_keys, HistoryWalk& walk) {
  if (piece.last == piece.segment.last)
    HQ_RETURN_IF_ERROR(walk.Expect({piece.last, manifest.tree_root()}).status());
  if (manifest.checkpoint().empty()) return absl::OkStatus();
  HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(manifest.checkpoint()));
  for (const VerifierKey& key : log_keys) {
    const bool has_signed =
        std::any_of(note.signatures.begin(), note.signatures.end(),
                    [&](const NoteSignature& signature) { return key.IsSignerOf(signature); });
    if (!has_signed) continue;
    HQ_ASSIGN_OR_RETURN(const auto checkpoint, OpenCheckpoint(manifest.checkpoint(), key));
    if (Has(piece, checkpoint.checkpoint))
      HQ_RETURN_IF_ERROR(walk.Expect(checkpoint.checkpoint.head).status());
  }
  return absl::OkStatus();
}

bool IsBehind(const Until& until, const v1::Record& record) {
  return (until.position && record.position() > *until.position) ||
         (until.time_us && record.recorded_at_us() > *until.time_us);
}

}  // namespace

Result<ArchivedHistory> ArchivedHistory::Open(const Archive& archive,
                                              std::optional<std::uint64_t> epoch) {
  ArchivedHistory history(archive);
  HQ_ASSIGN_OR_RETURN(const auto segments, archive.List(std::string(kSegmentsFolder)));
  for (const std::string& name : segments)
    if (const auto segment = ParseSegmentName(name)) history.segments_.push_back(*segment);
  HQ_ASSIGN_OR_RETURN(const auto forks, archive.List(std::string(kForksFolder)));
  for (const std::string& name : forks) {
    const auto forked = ParseForkName(name);
    if (!forked) continue;
    HQ_ASSIGN_OR_RETURN(const std::string bytes, GetListed(archive, name));
    auto fork = ForkIn(bytes);
    if (!fork.ok()) return Annotate(fork.status(), name);
    if (fork->point.epoch != *forked) return NotAsWritten(name, "it is of another epoch");
    history.forks_.push_back(fork->point);
    history.fork_notes_[*forked] = bytes;
    history.newest_epoch_ = std::max(history.newest_epoch_, *forked);
  }
  for (const SegmentName& segment : history.segments_)
    history.epoch_ = std::max(history.epoch_, segment.epoch);
  history.newest_epoch_ = std::max(history.newest_epoch_, history.epoch_);
  const bool is_there =
      std::any_of(history.segments_.begin(), history.segments_.end(),
                  [&](const SegmentName& segment) { return !epoch || segment.epoch == *epoch; });
  if (!is_there)
    return Refusal(absl::StatusCode::kNotFound, "the archive has no records of that life",
                   "NO_SUCH_EPOCH", "Look which epochs it has under segments/.");
  history.epoch_ = epoch.value_or(history.epoch_);
  HQ_ASSIGN_OR_RETURN(history.coverage_,
                      CoverageOf(history.epoch_, history.segments_, history.forks_));
  return history;
}

std::vector<std::string> ArchivedHistory::ForkNotes() const {
  std::vector<std::string> notes;
  for (const auto& [epoch, note] : fork_notes_) notes.push_back(note);
  return notes;
}

Result<IssuedRecord> ArchivedHistory::Furthest() const {
  std::map<std::uint64_t, SegmentName> last;  // By epoch.
  for (const SegmentName& segment : segments_) {
    auto& known = last[segment.epoch];
    if (segment.last > known.last) known = segment;
  }
  IssuedRecord furthest;
  for (const auto& [epoch, segment] : last) {
    HQ_ASSIGN_OR_RETURN(const std::string file, GetListed(*archive_, FormatSegmentName(segment)));
    HQ_ASSIGN_OR_RETURN(const auto manifest, ManifestOf(file));
    const auto id = ParseTxnId(manifest.last_id());
    if (!id) return NotAsWritten(FormatSegmentName(segment), "its last id is none");
    if (std::tie(id->day, id->counter) > std::tie(furthest.id.day, furthest.id.counter))
      furthest = {manifest.last(), *id, manifest.last_recorded_at_us()};
  }
  return furthest;
}

Status ArchivedHistory::CheckReach(const Until& until) const {
  const bool is_far_enough = until.position && *until.position <= coverage_.end;
  if (coverage_.beyond != 0 && !is_far_enough)
    return Loss("the archive has no records from position " + std::to_string(coverage_.end + 1) +
                    " to " + std::to_string(coverage_.beyond - 1),
                "SEGMENT_MISSING",
                "Put the segment back, or restore to position " + std::to_string(coverage_.end) +
                    " at the most.");
  if (!until.position || is_far_enough) return absl::OkStatus();
  return Refusal(absl::StatusCode::kOutOfRange,
                 "the archive's epoch " + std::to_string(epoch_) + " ends at position " +
                     std::to_string(coverage_.end),
                 "NOT_THAT_FAR", "Restore to that position at the most, or name another epoch.");
}

Status ArchivedHistory::Replay(const Until& until, const std::vector<VerifierKey>& log_keys,
                               HistoryWalk& walk, const Take& take,
                               const TakeBlob& take_blob) const {
  HQ_RETURN_IF_ERROR(CheckReach(until));
  for (const Piece& piece : coverage_.pieces) {
    if (piece.last < walk.head().position) continue;
    HQ_ASSIGN_OR_RETURN(const bool is_over,
                        ReplayPiece(piece, until, log_keys, walk, take, take_blob));
    if (is_over) break;
  }
  walk.ExpectNoMore();  // What a segment says of records that were not replayed.
  return absl::OkStatus();
}

Result<bool> ArchivedHistory::ReplayPiece(const Piece& piece, const Until& until,
                                          const std::vector<VerifierKey>& log_keys,
                                          HistoryWalk& walk, const Take& take,
                                          const TakeBlob& take_blob) const {
  const std::string name = FormatSegmentName(piece.segment);
  HQ_ASSIGN_OR_RETURN(const Segment segment, SegmentAt(*archive_, piece.segment));
  HQ_RETURN_IF_ERROR(ExpectTrees(piece, segment.manifest, log_keys, walk));
  bool has_blobs = false;
  FrameWalker walker(segment.frames);
  for (Position at = piece.segment.first; at <= piece.last; ++at) {
    const auto bytes = walker.Next();
    v1::Record record;
    if (!bytes || !record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())) ||
        record.position() != at || record.epoch() != piece.segment.epoch)
      return NotAsWritten(name, "no record of its own at position " + std::to_string(at));
    if (at < walk.head().position) continue;
    if (at == walk.head().position) {
      if (LeafHash(*bytes) == walk.head().hash) continue;
      return NotAsWritten(name, "another record than what was walked at " + std::to_string(at));
    }
    if (IsBehind(until, record)) return true;
    if (!std::exchange(has_blobs, true))
      for (const std::string& sha256 : segment.manifest.blobs())
        HQ_RETURN_IF_ERROR(take_blob(sha256));
    HQ_RETURN_IF_ERROR(walk.Take(*bytes));
    HQ_RETURN_IF_ERROR(take(*bytes));
  }
  const bool is_whole = piece.last == piece.segment.last;
  if (is_whole && (walker.Next() || segment.manifest.last_hash() != walk.head().hash))
    return NotAsWritten(name, "it does not end as it says");
  return false;
}

Status ArchivedHistory::CheckHas(const Checkpoint& checkpoint) const {
  const auto in_common = InCommon(forks_, checkpoint.epoch(), epoch_);
  if (in_common && checkpoint.head.size <= *in_common) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "the checkpoint is of epoch " + std::to_string(checkpoint.epoch()) +
                     ", and what it is about was given up",
                 "CHECKPOINT_OF_ANOTHER_LIFE", "Take one of the life that the archive ends with.");
}

Result<std::set<std::string>> ArchivedHistory::NamedBlobs() const {
  std::set<std::string> sha256s;
  for (const Piece& piece : coverage_.pieces) {
    const auto file = archive_->Get(FormatSegmentName(piece.segment));
    const auto manifest =
        file.ok() ? ManifestOf(*file) : Result<v1::SegmentManifest>(file.status());
    if (IsLost(manifest.status())) continue;
    HQ_RETURN_IF_ERROR(manifest.status());
    sha256s.insert(manifest->blobs().begin(), manifest->blobs().end());
  }
  return sha256s;
}

Result<std::string> ArchivedHistory::NewestCheckpoint() const {
  HQ_RETURN_IF_ERROR(CheckReach({}));
  for (auto piece = coverage_.pieces.rbegin(); piece != coverage_.pieces.rend(); ++piece) {
    const std::string name = FormatSegmentName(piece->segment);
    HQ_ASSIGN_OR_RETURN(const std::string file, GetListed(*archive_, name));
    HQ_ASSIGN_OR_RETURN(auto manifest, ManifestOf(file));
    if (manifest.checkpoint().empty()) continue;
    HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(manifest.checkpoint()));
    HQ_ASSIGN_OR_RETURN(const Checkpoint checkpoint, Checkpoint::Parse(note.text));
    if (Has(*piece, checkpoint)) return std::move(*manifest.mutable_checkpoint());
  }
  return Refusal(absl::StatusCode::kNotFound, "the archive has no signed checkpoint",
                 "NO_CHECKPOINT",
                 "Name one: hqctl ledger checkpoint > FILE, then --checkpoint FILE.");
}

}  // namespace hq::ledger
