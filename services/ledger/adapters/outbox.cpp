#include "services/ledger/adapters/outbox.hpp"

#include "common/runtime/fault.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/core/announced.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::size_t kWindow = 256;  // Messages in flight.
constexpr std::uint64_t kStraysMax = 1'000;
constexpr const char* kExpectedLastId = "Nats-Expected-Last-Msg-Id";

}  // namespace

Outbox::Outbox(RocksEventLog& log, runtime::Metrics& metrics) : log_(log), metrics_(metrics) {
  const auto hint = log_.announced();
  position_ = hint ? hint->position : 0;
}

Status Outbox::Advance(AnnouncementStream& stream) {
  const auto advance = [&]() -> Status {
    if (!cursor_) {
      HQ_ASSIGN_OR_RETURN(const auto state, stream.Ensure());
      HQ_ASSIGN_OR_RETURN(cursor_, Locate(stream, state));
      log_.CorrectAnnounced({cursor_->sequence, cursor_->position});
    }
    if (log_.Head().head().position() <= cursor_->position) return absl::OkStatus();
    return PublishNext(stream);
  };
  const Status status = advance();
  if (cursor_) position_ = cursor_->position;
  if (!status.ok()) cursor_.reset();
  return status;
}

Result<Outbox::Cursor> Outbox::Locate(AnnouncementStream& stream,
                                      const AnnouncementStream::State& state) const {
  std::uint64_t looked_at = 0;
  for (std::uint64_t sequence = state.last_sequence;
       state.messages > 0 && sequence >= state.first_sequence && looked_at < kStraysMax;
       --sequence, ++looked_at) {
    HQ_ASSIGN_OR_RETURN(const auto position, PositionAt(stream, sequence));
    if (position) return Cursor{state.last_sequence, *position, ""};
  }
  return LocateByHint(stream, state);
}

// Everything has aged out, or the stream was made anew. What was announced after the hint may be
// announced again; nothing is left out. Messages age out from the front, so where there are any at
// all the one that the hint names is one of ours, or the hint is of another stream.
Result<Outbox::Cursor> Outbox::LocateByHint(AnnouncementStream& stream,
                                            const AnnouncementStream::State& state) const {
  const auto hint = log_.announced();
  if (!hint || hint->sequence > state.last_sequence) return Cursor{state.last_sequence, 0, ""};
  const bool must_be_there = state.messages > 0 && hint->sequence >= state.first_sequence;
  if (!must_be_there) return Cursor{state.last_sequence, hint->position, ""};
  HQ_ASSIGN_OR_RETURN(const auto position, PositionAt(stream, hint->sequence));
  return Cursor{state.last_sequence, position.value_or(0), ""};
}

Result<std::optional<Position>> Outbox::PositionAt(AnnouncementStream& stream,
                                                   std::uint64_t sequence) const {
  HQ_ASSIGN_OR_RETURN(const auto payload, stream.PayloadAt(sequence));
  if (!payload) return std::optional<Position>();
  return Recognise(*payload);
}

Result<std::optional<Position>> Outbox::Recognise(const std::string& payload) const {
  const auto record = AnnouncedRecord(payload);
  if (!record) return std::optional<Position>();
  const auto head = log_.Head().head();
  std::vector<Fork> forks;
  if (record->epoch() < head.epoch()) {
    HQ_ASSIGN_OR_RETURN(forks, ForksIn(log_.ForkNotes()));
  }
  HQ_ASSIGN_OR_RETURN(const Announced announced, PlaceOf(*record, head, forks));
  if (!announced.is_to_compare) return std::optional(announced.position);
  v1::GetRequest request;
  request.set_position(announced.position);
  HQ_ASSIGN_OR_RETURN(const std::string bytes, log_.Get(Itself(), request));
  if (bytes != payload) return AnnouncementDiverged(announced.position);
  return std::optional(announced.position);
}

// Each message of a window also names the one that it must lie behind. Sequences alone do not do:
// one stray message makes the next of ours fail, and the one after that would be let in, behind a
// hole.
Status Outbox::PublishNext(AnnouncementStream& stream) {
  const Position head = log_.Head().head().position();
  const Range range{{}, cursor_->position, head, head};
  ChunkLimits limits;
  // The first behind a place that was looked for goes alone: its answer says what is wrong, if
  // anything is.
  limits.records = cursor_->last_id.empty() ? 1 : kWindow;
  const Chunk chunk = log_.Read(range, limits);
  std::vector<Announcement> window;
  std::string before = cursor_->last_id;
  FrameWalker records(chunk.frames);
  while (const auto bytes = records.Next()) {
    v1::Record record;
    if (!record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
      return absl::DataLossError("a stored record is unreadable");
    window.push_back(AnnouncementOf(record, std::string(*bytes)));
    if (!before.empty()) window.back().headers.emplace_back(kExpectedLastId, before);
    before = MessageIdOf(record);
  }
  fault::Point("ledger.announce.before");
  HQ_ASSIGN_OR_RETURN(cursor_->sequence, stream.Publish(window, cursor_->sequence));
  fault::Point("ledger.announce.after");
  cursor_->position = chunk.scanned_to;
  cursor_->last_id = before;
  log_.SetAnnounced({cursor_->sequence, cursor_->position});
  fault::Point("ledger.announce.hint.after");
  metrics_.Add("hq_ledger_announcements_total", {}, static_cast<double>(window.size()));
  return absl::OkStatus();
}

}  // namespace hq::ledger
