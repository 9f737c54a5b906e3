#include "services/ledger/adapters/recovery/record_source.hpp"

#include <chrono>
#include <thread>

namespace hq::ledger {
namespace {

constexpr std::chrono::seconds kServerWait(5);
constexpr std::chrono::milliseconds kServerPause(20);

Status AnotherRecord(const std::string& who, Position position) {
  return Refusal(absl::StatusCode::kDataLoss,
                 "the " + who + " has another record at position " + std::to_string(position),
                 "SOURCES_DISAGREE", "Find out which of them is the ledger's.");
}

// A server that is started together with the ledger needs a moment.
Result<std::unique_ptr<NatsAnnouncementStream>> OpenPatiently(const AnnouncerSettings& settings) {
  const auto give_up_at = std::chrono::steady_clock::now() + kServerWait;
  auto stream = NatsAnnouncementStream::Open(settings);
  while (absl::IsUnavailable(stream.status()) && std::chrono::steady_clock::now() < give_up_at) {
    std::this_thread::sleep_for(kServerPause);
    stream = NatsAnnouncementStream::Open(settings);
  }
  return stream;
}

// The next record of a source that has all of them in order: passes over what the walk has.
Status TakeNext(const std::string& who, Position position, std::string_view bytes,
                HistoryWalk& walk, const RecordSource::Take& take) {
  if (position < walk.head().position) return absl::OkStatus();
  if (position == walk.head().position)
    return LeafHash(bytes) == walk.head().hash ? absl::OkStatus() : AnotherRecord(who, position);
  HQ_RETURN_IF_ERROR(walk.Take(bytes));
  return take(bytes);
}

}  // namespace

Status StoreSource::Continue(HistoryWalk& walk, const Take& take, const TakeBlob&) {
  const auto take_row = [&](Position first, std::string_view frames) -> Status {
    Position position = first;
    FrameWalker walker(frames);
    for (; const auto record = walker.Next(); ++position)
      HQ_RETURN_IF_ERROR(TakeNext(name(), position, *record, walk, take));
    return walker.is_broken() ? absl::DataLossError("a stored row is broken") : absl::OkStatus();
  };
  return log_.ForEach(take_row, std::max<Position>(walk.head().position, 1));
}

Status ArchiveSource::Continue(HistoryWalk& walk, const Take& take, const TakeBlob& take_blob) {
  Until until;
  until.position = end();  // What lies behind a hole is of no use.
  if (end() == 0) return absl::OkStatus();
  return history_.Replay(until, log_keys_, walk, take, take_blob);
}

Result<std::unique_ptr<NewsSource>> NewsSource::Open(const AnnouncerSettings& settings,
                                                     std::string log_id, IsOurs is_ours) {
  HQ_ASSIGN_OR_RETURN(auto stream, OpenPatiently(settings));
  std::unique_ptr<NewsSource> source(
      new NewsSource(std::move(stream), std::move(log_id), std::move(is_ours)));
  HQ_RETURN_IF_ERROR(source->FindEnd());
  return source;
}

Result<std::optional<NewsSource::News>> NewsSource::At(std::uint64_t sequence) {
  HQ_ASSIGN_OR_RETURN(auto payload, stream_->PayloadAt(sequence));
  v1::Record record;
  const bool is_record = payload && record.ParseFromString(*payload) &&
                         record.log_id() == log_id_ && record.position() > 0 &&
                         is_ours_(record.epoch(), record.position());
  if (!is_record) return std::optional<News>();
  return std::optional(News{record.position(), *std::move(payload)});
}

Status NewsSource::FindEnd() {
  HQ_ASSIGN_OR_RETURN(const auto state, stream_->Find());
  if (!state || state->messages == 0) return absl::OkStatus();
  state_ = *state;
  for (std::uint64_t at = state_.last_sequence; at >= state_.first_sequence && end_ == 0; --at) {
    HQ_ASSIGN_OR_RETURN(const auto news, At(at));
    if (!news) continue;
    end_ = news->position;
    end_sequence_ = at;
  }
  return absl::OkStatus();
}

// Messages lie as close as positions unless the stream was made anew or somebody strayed into it,
// so that the first guess is right but for that; then all are looked at, from the last on.
Result<std::uint64_t> NewsSource::SequenceOf(Position position) {
  const Position distance = end_ - position;
  if (distance <= end_sequence_ - state_.first_sequence) {
    HQ_ASSIGN_OR_RETURN(const auto news, At(end_sequence_ - distance));
    if (news && news->position == position) return end_sequence_ - distance;
  }
  std::uint64_t found = 0;
  Position wanted = end_;
  for (std::uint64_t at = end_sequence_; at >= state_.first_sequence && wanted >= position; --at) {
    HQ_ASSIGN_OR_RETURN(const auto news, At(at));
    if (!news || news->position != wanted) continue;
    found = at;
    --wanted;
  }
  return wanted < position ? found : 0;
}

Status NewsSource::Continue(HistoryWalk& walk, const Take& take, const TakeBlob&) {
  if (end_ == 0 || end_ < walk.head().position) return absl::OkStatus();
  const Position from = std::max<Position>(walk.head().position, 1);
  HQ_ASSIGN_OR_RETURN(std::uint64_t at, SequenceOf(from));
  if (at == 0 && from < end_) {  // The walk's last record may have aged out, the next one not.
    HQ_ASSIGN_OR_RETURN(at, SequenceOf(from + 1));
  }
  for (; at != 0 && at <= end_sequence_; ++at) {
    HQ_ASSIGN_OR_RETURN(const auto news, At(at));
    if (!news || news->position > walk.head().position + 1) continue;
    HQ_RETURN_IF_ERROR(TakeNext(name(), news->position, news->bytes, walk, take));
  }
  return absl::OkStatus();
}

}  // namespace hq::ledger
