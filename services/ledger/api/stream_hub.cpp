#include "services/ledger/api/stream_hub.hpp"

#include "services/ledger/api/chunk_stream.hpp"

namespace hq::ledger {

void StreamHub::Add(ChunkStream* stream) {
  std::lock_guard lock(mutex_);
  streams_.insert(stream);
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

void StreamHub::CountEnd(const Status& status) {
  metrics_.Add("hq_ledger_streams_ended_total",
               {{"code", absl::StatusCodeToString(status.code())}});
}

}  // namespace hq::ledger
