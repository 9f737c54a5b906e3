// The streams that are open, so that one thread can wake those that wait for news and end those
// that are not read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <stop_token>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

class ChunkStream;

// Thread-safe. A stream is not destroyed while it is pumped: its OnDone waits in Remove.
class StreamHub {
 public:
  // A stream whose reader takes nothing for `patience` is ended. `metrics` outlives the hub.
  StreamHub(std::chrono::milliseconds patience, runtime::Metrics& metrics)
      : patience_(patience), metrics_(metrics) {}

  std::chrono::milliseconds patience() const { return patience_; }

  void Add(ChunkStream* stream);
  void Remove(ChunkStream* stream);

  // Waits until a stream is open, for `timeout` at most; whether one is.
  bool WaitForStreams(std::chrono::milliseconds timeout, std::stop_token stop);

  void PumpAll(SteadyTime now);
  void EndAll(const Status& status);

  // Sees how far subscriptions are behind the head, for metrics and status: once a second at most.
  void MeasureLag(Position head, SteadyTime now);
  void Fill(v1::LedgerStatus& status) const;

  // A stream has been given its end.
  void CountEnd(const Status& status);

 private:
  const std::chrono::milliseconds patience_;
  runtime::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::condition_variable_any added_;
  std::set<ChunkStream*> streams_;
  SteadyTime measured_{};
  std::uint64_t subscribers_ = 0;
  Position lag_max_ = 0;
};

}  // namespace hq::ledger
