#include "services/ledger/adapters/backup/segment_shipper.hpp"

#include <algorithm>

#include "common/base/ids.hpp"
#include "common/runtime/fault.hpp"
#include "common/transparency/signed_note.hpp"
#include "services/ledger/adapters/archive/archive_fault.hpp"
#include "services/ledger/adapters/archive/segment_file.hpp"
#include "services/ledger/core/blob_names.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

// What becomes one segment.
struct SegmentShipper::Batch {
  v1::SegmentManifest manifest;
  std::string frames;
  std::uint64_t records = 0;
  std::set<std::string> blob_candidates;
  std::set<std::string> rotten_blobs;

  void Add(const v1::Record& record, std::string_view bytes) {
    if (records++ == 0) {
      manifest.set_log_id(record.log_id());
      manifest.set_epoch(record.epoch());
      manifest.set_first(record.position());
    }
    manifest.set_last(record.position());
    manifest.set_last_hash(LeafHash(bytes));
    manifest.set_last_id(record.id());
    manifest.set_last_recorded_at_us(record.recorded_at_us());
    AddFrame(frames, bytes);
    AddBlobCandidates(record, blob_candidates);
  }
};

namespace {

constexpr std::size_t kShipReadBytes = 1 << 20;

Status NoRecordAt(Position position) {
  return absl::DataLossError("the ledger gives no record at position " + std::to_string(position));
}

Result<v1::Record> RecordIn(std::string_view bytes, Position position) {
  v1::Record record;
  if (!record.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      record.position() != position)
    return NoRecordAt(position);
  return record;
}

}  // namespace

void Shipped::Add(const Shipped& more) {
  position = std::max(position, more.position);
  segments += more.segments;
  records += more.records;
  blobs += more.blobs;
  stored_bytes += more.stored_bytes;
  rotten_blobs.insert(more.rotten_blobs.begin(), more.rotten_blobs.end());
}

Status SegmentShipper::ShipAll(std::stop_token stop, Shipped& shipped) {
  const v1::Cursor head = source_.Head();
  const auto ship = [&]() -> Status {
    if (position_.value_or(0) < head.position()) HQ_RETURN_IF_ERROR(CheckLife(head));
    if (!position_) HQ_RETURN_IF_ERROR(FindPosition(head));
    while (*position_ < head.position() && !stop.stop_requested())
      HQ_RETURN_IF_ERROR(ShipNext(head.position(), shipped));
    shipped.position = *position_;
    return absl::OkStatus();
  };
  const Status status = ship();
  if (!status.ok()) position_.reset();  // What became of the last call is seen by looking.
  return status;
}

bool SegmentShipper::HasFullSegment() {
  if (!position_) return false;
  const Position head = source_.Head().position();
  while (waiting_bytes_ < segment_bytes_max_ && measured_ < head) {
    const Frames frames = source_.ReadFrames(measured_, head, kShipReadBytes);
    if (frames.last <= measured_) return true;  // Shipping says what is wrong with it.
    waiting_bytes_ += frames.bytes.size();
    measured_ = frames.last;
  }
  return waiting_bytes_ >= segment_bytes_max_;
}

void SegmentShipper::SetPosition(Position position) {
  position_ = position;
  measured_ = position;
  waiting_bytes_ = 0;
}

Result<std::vector<Fork>> SegmentShipper::ShipForks(const v1::Cursor& head) {
  std::vector<Fork> forks;
  for (const std::string& bytes : source_.ForkNotes()) {
    HQ_ASSIGN_OR_RETURN(const SignedNote note, ParseSignedNote(bytes));
    HQ_ASSIGN_OR_RETURN(const ForkStatement fork, ForkStatement::Parse(note.text));
    if (fork.log_id != head.log_id()) return ArchiveDiverged("a fork of another ledger");
    HQ_RETURN_IF_ERROR(archive_.Put(ForkName(fork.point.epoch), bytes));
    forks.push_back(fork.point);
  }
  return forks;
}

// Whether nobody has restored from here and opened a later life.
Status SegmentShipper::CheckLife(const v1::Cursor& head) const {
  HQ_ASSIGN_OR_RETURN(const auto forks, archive_.List(std::string(kForksFolder)));
  for (const std::string& name : forks)
    if (ParseForkName(name).value_or(0) > head.epoch())
      return ArchiveDiverged("a later epoch was restored from it");
  return absl::OkStatus();
}

// Lists the archive, and makes sure that what it has is this ledger's own.
Status SegmentShipper::FindPosition(const v1::Cursor& head) {
  HQ_ASSIGN_OR_RETURN(const auto forks, ShipForks(head));
  HQ_ASSIGN_OR_RETURN(const auto names, archive_.List(std::string(kSegmentsFolder)));
  std::vector<SegmentName> segments;
  for (const std::string& name : names)
    if (const auto segment = ParseSegmentName(name)) segments.push_back(*segment);
  HQ_ASSIGN_OR_RETURN(const Coverage coverage, CoverageOf(head.epoch(), segments, forks));
  if (coverage.end > head.position())
    return ArchiveDiverged("it is ahead, at position " + std::to_string(coverage.end));
  if (!coverage.pieces.empty()) HQ_RETURN_IF_ERROR(CheckLastPiece(coverage.pieces.back(), head));
  HQ_ASSIGN_OR_RETURN(const auto blobs, archive_.List(std::string(kBlobsFolder)));
  blobs_ = {blobs.begin(), blobs.end()};
  SetPosition(coverage.end);
  return absl::OkStatus();
}

Status SegmentShipper::CheckLastPiece(const Piece& piece, const v1::Cursor& head) const {
  HQ_ASSIGN_OR_RETURN(const std::string file, archive_.Get(FormatSegmentName(piece.segment)));
  HQ_ASSIGN_OR_RETURN(const Segment segment, DecodeSegment(file));
  if (segment.manifest.log_id() != head.log_id())
    return ArchiveDiverged("another ledger's records");
  FrameWalker records(segment.frames);
  std::optional<std::string_view> record;
  for (Position at = piece.segment.first; at <= piece.last; ++at) record = records.Next();
  HQ_ASSIGN_OR_RETURN(const std::string own, HashAt(piece.last));
  if (record && LeafHash(*record) == own) return absl::OkStatus();
  return ArchiveDiverged("another record at position " + std::to_string(piece.last));
}

Result<std::string> SegmentShipper::HashAt(Position position) const {
  const Frames frames = source_.ReadFrames(position - 1, position, 1);
  const auto record = FrameWalker(frames.bytes).Next();
  if (!record) return NoRecordAt(position);
  return LeafHash(*record);
}

Status SegmentShipper::ShipNext(Position until, Shipped& shipped) {
  HQ_ASSIGN_OR_RETURN(Batch batch, NextBatch(until));
  HQ_RETURN_IF_ERROR(ShipBlobs(batch, shipped));
  HQ_ASSIGN_OR_RETURN(*batch.manifest.mutable_tree_root(), source_.RootAt(batch.manifest.last()));
  batch.manifest.set_checkpoint(source_.Checkpoint());
  const SegmentName name{batch.manifest.epoch(), batch.manifest.first(), batch.manifest.last()};
  const std::string file = EncodeSegment(std::move(batch.manifest), batch.frames);
  fault::Point("ledger.segment.put.before");
  HQ_RETURN_IF_ERROR(archive_.Put(FormatSegmentName(name), file));
  fault::Point("ledger.segment.put.after");
  SetPosition(name.last);
  Shipped one;
  one.position = name.last;
  one.segments = 1;
  one.records = batch.records;
  one.stored_bytes = file.size();
  one.rotten_blobs = std::move(batch.rotten_blobs);
  shipped.Add(one);
  return absl::OkStatus();
}

// Whole records of one epoch, from where the archive ends.
Result<SegmentShipper::Batch> SegmentShipper::NextBatch(Position until) const {
  Batch batch;
  Position after = *position_;
  while (after < until) {
    const Frames frames = source_.ReadFrames(after, until, kShipReadBytes);
    FrameWalker walker(frames.bytes);
    while (const auto bytes = walker.Next()) {
      HQ_ASSIGN_OR_RETURN(const v1::Record record, RecordIn(*bytes, after + 1));
      const bool is_next_epoch = batch.records > 0 && record.epoch() != batch.manifest.epoch();
      const bool is_full =
          batch.records > 0 && batch.frames.size() + bytes->size() > segment_bytes_max_;
      if (is_next_epoch || is_full) return batch;
      batch.Add(record, *bytes);
      ++after;
    }
    if (frames.last != after || walker.is_broken()) return NoRecordAt(after + 1);
  }
  return batch;
}

// What has rotted is left out, or no later record would ever get a copy: a restore asks for what
// the manifest names, and no more.
Status SegmentShipper::ShipBlobs(Batch& batch, Shipped& shipped) {
  for (const std::string& sha256 : batch.blob_candidates) {
    const std::string name = BlobName(sha256);
    if (!blobs_.contains(name)) {
      const auto content = source_.GetBlob(sha256);
      if (absl::IsNotFound(content.status())) continue;  // A digest of something else.
      if (absl::IsDataLoss(content.status())) {
        batch.rotten_blobs.insert(sha256);
        continue;
      }
      HQ_RETURN_IF_ERROR(content.status());
      HQ_RETURN_IF_ERROR(archive_.Put(name, *content));
      blobs_.insert(name);
      ++shipped.blobs;
      shipped.stored_bytes += content->size();
    }
    batch.manifest.add_blobs(sha256);
  }
  return absl::OkStatus();
}

}  // namespace hq::ledger
