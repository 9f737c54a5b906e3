#include "services/ledger/api/stream_hub.hpp"

#include <algorithm>

#include "services/ledger/api/chunk_stream.hpp"

namespace hq::ledger {

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

void StreamHub::PumpAll(SteadyTime now) {
  std::lock_guard lock(mutex_);
  for (ChunkStream* stream : streams_) stream->Pump(now);
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
