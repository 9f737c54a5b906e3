#include "services/ledger/api/stream_hub.hpp"

#include <algorithm>

#include "services/ledger/api/append_stream.hpp"
#include "services/ledger/api/chunk_stream.hpp"

namespace hq::ledger {
namespace {

Status TooManyStreams(std::string_view text) {
  return Refusal(absl::StatusCode::kResourceExhausted, text, "TOO_MANY_STREAMS",
                 "End a stream that is not needed any more, or try again when one has ended.");
}

}  // namespace

Result<std::unique_ptr<StreamHub::Place>> StreamHub::Enter(const std::string& principal) {
  std::lock_guard lock(places_mutex_);
  if (places_ >= streams_max_) return TooManyStreams("as many streams as may be are open");
  std::size_t& own = places_by_principal_[principal];
  if (own >= (streams_max_ + 1) / 2)
    return TooManyStreams("as many streams as one caller may have are open");
  ++own;
  ++places_;
  return std::make_unique<Place>(*this, principal);
}

void StreamHub::Leave(const std::string& principal) {
  std::lock_guard lock(places_mutex_);
  --places_;
  const auto own = places_by_principal_.find(principal);
  if (--own->second == 0) places_by_principal_.erase(own);
}

void StreamHub::Add(ChunkStream* stream) {
  {
    std::lock_guard lock(mutex_);
    streams_.insert(stream);
  }
  added_.notify_all();
}

bool StreamHub::WaitForStreams(std::chrono::milliseconds timeout, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return added_.wait_for(lock, std::move(stop), timeout, [this] { return !streams_.empty(); });
}

void StreamHub::Remove(ChunkStream* stream) {
  std::lock_guard lock(mutex_);
  streams_.erase(stream);
}

void StreamHub::Add(AppendStream* stream) {
  std::lock_guard lock(appends_mutex_);
  appends_.insert(stream);
}

void StreamHub::Remove(AppendStream* stream) {
  std::lock_guard lock(appends_mutex_);
  appends_.erase(stream);
}

void StreamHub::PumpAll(SteadyTime now) {
  {
    std::lock_guard lock(mutex_);
    for (ChunkStream* stream : streams_) stream->Pump(now);
  }
  EndUnreadAppends(now);
}

void StreamHub::EndUnreadAppends(SteadyTime now) {
  constexpr std::chrono::milliseconds kEvery(250);
  std::lock_guard lock(appends_mutex_);
  if (now - appends_seen_ < kEvery) return;
  appends_seen_ = now;
  for (AppendStream* stream : appends_) stream->EndIfUnread(now);
}

void StreamHub::EndAll(const Status& status) {
  std::lock_guard lock(mutex_);
  for (ChunkStream* stream : streams_) stream->End(status);
}

void StreamHub::MeasureLag(Position head, SteadyTime now) {
  constexpr std::chrono::seconds kEvery(1);
  std::lock_guard lock(mutex_);
  if (now - measured_ < kEvery) return;
  measured_ = now;
  subscribers_ = 0;
  lag_max_ = 0;
  for (ChunkStream* stream : streams_) {
    const auto scanned_to = stream->ScannedTo();
    if (!scanned_to) continue;
    ++subscribers_;
    lag_max_ = std::max(lag_max_, head - std::min(head, *scanned_to));
  }
  metrics_.Set("hq_ledger_subscribers", static_cast<double>(subscribers_));
  metrics_.Set("hq_ledger_subscribers_lag_max", static_cast<double>(lag_max_));
  std::lock_guard places_lock(places_mutex_);
  metrics_.Set("hq_ledger_streams_open", static_cast<double>(places_));
}

void StreamHub::Fill(v1::LedgerStatus& status) const {
  std::lock_guard lock(mutex_);
  status.mutable_subscribers()->set_count(subscribers_);
  status.mutable_subscribers()->set_lag_max(lag_max_);
}

void StreamHub::CountEnd(const Status& status) {
  metrics_.Add("hq_ledger_streams_ended_total",
               {{"code", absl::StatusCodeToString(status.code())}});
}

}  // namespace hq::ledger
