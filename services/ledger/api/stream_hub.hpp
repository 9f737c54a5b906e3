// The streams that are open: counted, so that there are never too many, and in one thread's reach,
// which wakes those that wait for news and ends those that are not read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/grpc/places.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

class ChunkStream;

// A stream in which the caller sends. It waits for no news, and is only looked at now and then.
class InboundStream {
 public:
  // Ends a stream whose caller does not do his part for longer than the hub's patience, and gives
  // up its connection's side if the end is not read either.
  virtual void EndIfStuck(SteadyTime now) = 0;

 protected:
  ~InboundStream() = default;
};

// Thread-safe; PumpAll, EndAll and MeasureLag are one thread's. A stream is not destroyed while it
// is looked at: its OnDone, which gRPC never calls from within another call, waits in Remove for
// that one look, and for nobody else's reads. The hub's mutexes are not held while a stream reads
// records; where one is held, it is taken before a stream's own.
class StreamHub {
 public:
  using Place = rpc::Places::Place;

  // A stream whose caller takes nothing, or owes something and sends nothing, for `patience` is
  // ended. At most `streams_max` are open at a time, half of them by one caller. `metrics` outlives
  // the hub.
  StreamHub(std::chrono::milliseconds patience, std::size_t streams_max, runtime::Metrics& metrics)
      : patience_(patience), places_(streams_max), metrics_(metrics) {}

  std::chrono::milliseconds patience() const { return patience_; }

  // Asked for before a stream begins, held until gRPC is done with it. As Places::Enter.
  Result<std::unique_ptr<Place>> Enter(const std::string& principal) {
    return places_.Enter(principal);
  }

  void Add(ChunkStream* stream);
  void Remove(ChunkStream* stream);
  void Add(InboundStream* stream);
  void Remove(InboundStream* stream);

  // Waits until a stream is open that sends records, for `timeout` at most; whether one is.
  bool WaitForStreams(std::chrono::milliseconds timeout, std::stop_token stop);

  // A stream that begins meanwhile may be left out: it sends by itself what there is.
  void PumpAll(SteadyTime now);
  // Not those in which the caller sends: their answers are still owed to them.
  void EndAll(const Status& status);

  // Sees how far subscriptions are behind the head, for metrics and status: once a second at most.
  void MeasureLag(Position head, SteadyTime now);
  void Fill(v1::LedgerStatus& status) const;

  // A stream has been given its end.
  void CountEnd(const Status& status);

 private:
  // One after the other, without the mutex meanwhile.
  void LookAtEach(const std::function<void(ChunkStream&)>& look);
  void EndStuckInbound(SteadyTime now);

  const std::chrono::milliseconds patience_;
  rpc::Places places_;
  runtime::Metrics& metrics_;
  std::mutex inbound_mutex_;
  std::set<InboundStream*> inbound_;
  SteadyTime inbound_seen_{};
  mutable std::mutex mutex_;
  std::condition_variable_any added_;
  std::condition_variable looked_;
  std::set<ChunkStream*> streams_;
  ChunkStream* looked_at_ = nullptr;  // Not destroyed before it is another.
  SteadyTime measured_{};             // The pumping thread's own.
  std::uint64_t subscribers_ = 0;
  Position lag_max_ = 0;
};

}  // namespace hq::ledger
