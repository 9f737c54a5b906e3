#include "services/ledger/adapters/nats_announcer.hpp"

#include <condition_variable>
#include <mutex>

#include "common/base/ids.hpp"
#include "common/runtime/fault.hpp"
#include "common/runtime/log.hpp"
#include "services/ledger/adapters/error_recorder.hpp"
#include "services/ledger/core/fork_statement.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {
namespace {

constexpr std::chrono::milliseconds kNewsWait(250);
constexpr std::chrono::milliseconds kRetryWait(200);
constexpr std::size_t kWindow = 256;  // Messages in flight.
constexpr std::uint64_t kStraysMax = 1'000;

Status Foreign(std::string_view reason, const std::string& detail) {
  return Refusal(absl::StatusCode::kFailedPrecondition, detail, reason,
                 "Give this ledger the announcement stream that belongs to it, or restore it.");
}

void Sleep(std::stop_token stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  changed.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

NatsAnnouncer::NatsAnnouncer(RocksEventLog& log, AnnouncerSettings settings,
                             runtime::Metrics& metrics, std::function<Status()> gate)
    : log_(log), settings_(std::move(settings)), metrics_(metrics), gate_(std::move(gate)) {
  const auto hint = log_.announced();
  announced_ = hint ? hint->position : 0;
}

void NatsAnnouncer::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const Status status = Step(stop);
    MeasureLag(cursor_ ? cursor_->position : announced_.load());
    if (status.ok()) continue;
    cursor_.reset();
    const bool is_halted = absl::IsFailedPrecondition(status);
    metrics_.Set("hq_ledger_announcer_halted", is_halted ? 1 : 0);
    if (is_halted) ReportOnce(status);
    Sleep(stop, is_halted ? settings_.retry_wait : kRetryWait);
  }
  stream_.reset();
}

Status NatsAnnouncer::Step(std::stop_token stop) {
  if (gate_) HQ_RETURN_IF_ERROR(gate_());
  if (stream_ && stream_->is_closed()) stream_.reset();
  if (!stream_) {
    HQ_ASSIGN_OR_RETURN(stream_, AnnouncementStream::Open(settings_));
  }
  if (!stream_->is_connected()) return absl::UnavailableError("not connected");
  if (stream_->reconnects() != reconnects_) cursor_.reset();
  if (!cursor_) {
    reconnects_ = stream_->reconnects();
    HQ_ASSIGN_OR_RETURN(cursor_, Locate());
    reported_.clear();
    metrics_.Set("hq_ledger_announcer_halted", 0);
  }
  if (log_.WaitPast(cursor_->position, kNewsWait, stop) <= cursor_->position)
    return absl::OkStatus();
  return PublishNext();
}

Result<NatsAnnouncer::Cursor> NatsAnnouncer::Locate() {
  HQ_ASSIGN_OR_RETURN(const auto state, stream_->Ensure());
  std::uint64_t looked_at = 0;
  for (std::uint64_t sequence = state.last_sequence;
       state.messages > 0 && sequence >= state.first_sequence && looked_at < kStraysMax;
       --sequence, ++looked_at) {
    HQ_ASSIGN_OR_RETURN(const auto payload, stream_->PayloadAt(sequence));
    if (!payload) continue;
    HQ_ASSIGN_OR_RETURN(const auto position, Recognise(*payload));
    if (position) return Cursor{state.last_sequence, *position};
  }
  return LocateInEmpty(state);
}

// Everything has aged out, or the stream was made anew. What was announced after the hint may be
// announced again; nothing is left out.
Result<NatsAnnouncer::Cursor> NatsAnnouncer::LocateInEmpty(
    const AnnouncementStream::State& state) const {
  const auto hint = log_.announced();
  const bool is_of_this_stream = hint && hint->sequence <= state.last_sequence;
  return Cursor{state.last_sequence, is_of_this_stream ? hint->position : 0};
}

Result<std::optional<Position>> NatsAnnouncer::Recognise(const std::string& payload) const {
  v1::Record record;
  if (!record.ParseFromString(payload) || record.log_id().empty() || record.position() == 0)
    return std::optional<Position>();
  const auto head = log_.Head().head();
  if (record.log_id() != head.log_id())
    return Foreign("ANNOUNCEMENTS_OF_ANOTHER_LEDGER",
                   "the announcement stream is of ledger " + record.log_id().substr(0, 64));
  HQ_ASSIGN_OR_RETURN(const auto kept, KeptOf(record, head.epoch()));
  if (kept) return kept;
  if (record.position() > head.position())
    return Foreign("ANNOUNCEMENTS_AHEAD", "position " + std::to_string(record.position()) +
                                              " was announced, and the ledger ends at less");
  v1::GetRequest request;
  request.set_position(record.position());
  HQ_ASSIGN_OR_RETURN(const std::string bytes, log_.Get(Itself(), request));
  if (bytes != payload)
    return Foreign("ANNOUNCEMENTS_DIVERGED",
                   "another record was announced at position " + std::to_string(record.position()));
  return std::optional<Position>(record.position());
}

// A record of an earlier life that a restore gave up is no other history: announcing goes on behind
// what was kept of that life.
Result<std::optional<Position>> NatsAnnouncer::KeptOf(const v1::Record& record,
                                                      std::uint64_t epoch) const {
  if (record.epoch() >= epoch) return std::optional<Position>();
  HQ_ASSIGN_OR_RETURN(const auto forks, ForksIn(log_.ForkNotes()));
  const auto in_common = InCommon(forks, record.epoch(), epoch);
  if (!in_common || record.position() <= *in_common) return std::optional<Position>();
  return std::optional<Position>(*in_common);
}

Status NatsAnnouncer::PublishNext() {
  const Position head = log_.Head().head().position();
  const Range range{{}, cursor_->position, head, head};
  ChunkLimits limits;
  limits.records = kWindow;
  const Chunk chunk = log_.Read(range, limits);
  std::vector<Announcement> window;
  FrameWalker records(chunk.frames);
  while (const auto bytes = records.Next()) {
    v1::Record record;
    if (!record.ParseFromArray(bytes->data(), static_cast<int>(bytes->size())))
      return absl::DataLossError("a stored record is unreadable");
    window.push_back(AnnouncementOf(record, std::string(*bytes)));
  }
  fault::Point("ledger.announce.before");
  HQ_ASSIGN_OR_RETURN(cursor_->sequence, stream_->Publish(window, cursor_->sequence));
  fault::Point("ledger.announce.after");
  cursor_->position = chunk.scanned_to;
  log_.SetAnnounced({cursor_->sequence, cursor_->position});
  fault::Point("ledger.announce.hint.after");
  metrics_.Add("hq_ledger_announcements_total", {}, static_cast<double>(window.size()));
  return absl::OkStatus();
}

void NatsAnnouncer::MeasureLag(Position position) {
  announced_ = position;
  const Position head = log_.Head().head().position();
  metrics_.Set("hq_ledger_announced_position", static_cast<double>(position));
  metrics_.Set("hq_ledger_announcer_lag", static_cast<double>(head - std::min(head, position)));
}

// The command_id is made from what was found, so that it stands in the ledger once, however often
// it is found.
void NatsAnnouncer::ReportOnce(const Status& found) {
  if (reported_ == found.message()) return;
  reported_ = std::string(found.message());
  const std::string reason = AdviceOf(found).reason;
  log::Error("announcer_halted", {{"reason", reason}});
  v1::LedgerError error;
  error.set_reason(reason);
  error.set_detail(std::string(found.message()));
  ErrorRecorder(log_).Record(error, "announcer-" + KeyOf({reason, error.detail()}));
}

}  // namespace hq::ledger
