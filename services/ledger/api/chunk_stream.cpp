#include "services/ledger/api/chunk_stream.hpp"

#include <utility>

namespace hq::ledger {
namespace {

SteadyTime SteadyNow() { return std::chrono::steady_clock::now(); }

// `scanned_to` is a subscription's: what was sent comes before the end, so whoever reads this has
// all of it.
Status NotRead(std::optional<std::uint64_t> scanned_to) {
  constexpr auto kCode = absl::StatusCode::kResourceExhausted;
  if (!scanned_to)
    return Refusal(kCode, "the stream was not read for too long", "SLOW_READER",
                   "Call again and resume where you were.");
  const std::string position = std::to_string(*scanned_to);
  return Refusal(kCode, "the stream was not read for too long; it ends at position " + position,
                 "SLOW_READER", "Call again to resume after position " + position + ".");
}

}  // namespace

ChunkStream::ChunkStream(StreamHub& hub, const rpc::Handled& handled,
                         grpc::CallbackServerContext& context, std::unique_ptr<ChunkSource> source,
                         std::unique_ptr<StreamHub::Place> place)
    : hub_(hub),
      handled_(handled),
      context_(context),
      place_(std::move(place)),
      source_(std::move(source)) {
  hub_.Add(this);
  Pump(SteadyNow());
}

void ChunkStream::Pump(SteadyTime now) {
  std::lock_guard lock(mutex_);
  const bool is_stuck = (is_writing_ || is_finished_) && now - since_ > hub_.patience();
  if (is_finished_) {
    // The end itself is not read: the connection's side of this call is given up.
    if (is_stuck) context_.TryCancel();
  } else if (is_stuck) {
    Finish(NotRead(scanned_to_), now);
  } else if (!is_writing_) {
    Step(now);
  }
}

void ChunkStream::Step(SteadyTime now) {
  ChunkSource::Step step = ready_ ? *std::exchange(ready_, std::nullopt) : source_->Next(now);
  scanned_to_ = source_->scanned_to();
  if (step.end) return Finish(*step.end, now);
  if (!step.chunk) return;
  chunk_ = *std::move(step.chunk);
  is_writing_ = true;
  since_ = now;
  StartWrite(&chunk_);
  ChunkSource::Step next = source_->Next(now);
  if (next.chunk || next.end) ready_ = std::move(next);
}

void ChunkStream::Finish(const Status& status, SteadyTime now) {
  is_finished_ = true;
  since_ = now;
  hub_.CountEnd(status);
  ServerWriteReactor::Finish(handled_.End(status));
}

std::optional<std::uint64_t> ChunkStream::ScannedTo() {
  std::lock_guard lock(mutex_);
  return is_finished_ ? std::nullopt : scanned_to_;
}

void ChunkStream::End(const Status& status) {
  std::lock_guard lock(mutex_);
  if (!is_finished_) Finish(status, SteadyNow());
}

void ChunkStream::OnWriteDone(bool ok) {
  std::lock_guard lock(mutex_);
  is_writing_ = false;
  if (is_finished_) return;
  if (!ok) return Finish(absl::CancelledError("the reader has gone"), SteadyNow());
  Step(SteadyNow());
}

void ChunkStream::OnCancel() { End(absl::CancelledError("cancelled")); }

void ChunkStream::OnDone() {
  hub_.Remove(this);
  delete this;
}

}  // namespace hq::ledger
