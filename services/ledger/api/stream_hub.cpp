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
  std::unique_lock lock(mutex_);
  streams_.erase(stream);  // First, so that it is not looked at again.
  looked_.wait(lock, [&] { return looked_at_ != stream; });
}

void StreamHub::Add(InboundStream* stream) {
  std::lock_guard lock(inbound_mutex_);
  inbound_.insert(stream);
}

void StreamHub::Remove(InboundStream* stream) {
  std::lock_guard lock(inbound_mutex_);
  inbound_.erase(stream);
}

void StreamHub::LookAtEach(const std::function<void(ChunkStream&)>& look) {
  std::unique_lock lock(mutex_);
  for (auto next = streams_.begin(); next != streams_.end();) {
    ChunkStream* const stream = *next;
    looked_at_ = stream;
    lock.unlock();
    look(*stream);
    lock.lock();
    looked_at_ = nullptr;
    looked_.notify_all();
    next = streams_.upper_bound(stream);  // It may have been removed meanwhile.
  }
}

void StreamHub::PumpAll(SteadyTime now) {
  LookAtEach([now](ChunkStream& stream) { stream.Pump(now); });
  EndStuckInbound(now);
}

void StreamHub::EndStuckInbound(SteadyTime now) {
  constexpr std::chrono::milliseconds kEvery(250);
  std::lock_guard lock(inbound_mutex_);
  if (now - inbound_seen_ < kEvery) return;
  inbound_seen_ = now;
  for (InboundStream* stream : inbound_) stream->EndIfStuck(now);
}

void StreamHub::EndAll(const Status& status) {
  LookAtEach([&status](ChunkStream& stream) { stream.End(status); });
}

void StreamHub::MeasureLag(Position head, SteadyTime now) {
  constexpr std::chrono::seconds kEvery(1);
  if (now - measured_ < kEvery) return;
  measured_ = now;
  std::uint64_t subscribers = 0;
  Position lag_max = 0;
  LookAtEach([&](ChunkStream& stream) {
    const auto scanned_to = stream.ScannedTo();
    if (!scanned_to) return;
    ++subscribers;
    lag_max = std::max(lag_max, head - std::min(head, *scanned_to));
  });
  metrics_.Set("hq_ledger_subscribers", static_cast<double>(subscribers));
  metrics_.Set("hq_ledger_subscribers_lag_max", static_cast<double>(lag_max));
  metrics_.Set("hq_ledger_streams_open", static_cast<double>(places_.taken()));
  std::lock_guard lock(mutex_);
  subscribers_ = subscribers;
  lag_max_ = lag_max;
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
