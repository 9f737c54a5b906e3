// The streams that are open: counted, so that there are never too many, and in one thread's reach,
// which wakes those that wait for news and ends those that are not read.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/operations_service.pb.h"
#include "services/ledger/api/chunk_source.hpp"

namespace hq::ledger {

class AppendStream;
class ChunkStream;

// Thread-safe. A stream is not destroyed while it is looked at: its OnDone waits in Remove. The
// hub's mutexes are taken before a stream's own.
class StreamHub {
 public:
  // One stream's place among those that may be open, given back when it is destroyed. The hub
  // outlives it.
  class Place {
   public:
    Place(StreamHub& hub, std::string principal) : hub_(hub), principal_(std::move(principal)) {}
    ~Place() { hub_.Leave(principal_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

   private:
    StreamHub& hub_;
    const std::string principal_;
  };

  // A stream whose reader takes nothing for `patience` is ended. At most `streams_max` are open at
  // a time, half of them by one caller, so that none keeps all others out. `metrics` outlives the
  // hub.
  StreamHub(std::chrono::milliseconds patience, std::size_t streams_max, runtime::Metrics& metrics)
      : patience_(patience), streams_max_(streams_max), metrics_(metrics) {}

  std::chrono::milliseconds patience() const { return patience_; }

  // Asked for before a stream begins, held until gRPC is done with it. kResourceExhausted, reason
  // TOO_MANY_STREAMS; the streams that are open do not notice.
  Result<std::unique_ptr<Place>> Enter(const std::string& principal);

  void Add(ChunkStream* stream);
  void Remove(ChunkStream* stream);
  void Add(AppendStream* stream);
  void Remove(AppendStream* stream);

  // Waits until a stream is open that sends records, for `timeout` at most; whether one is.
  bool WaitForStreams(std::chrono::milliseconds timeout, std::stop_token stop);

  // Appends wait for no news: they are only looked at now and then, for answers left unread.
  void PumpAll(SteadyTime now);
  // Not those that append: their outcomes are still owed to them.
  void EndAll(const Status& status);

  // Sees how far subscriptions are behind the head, for metrics and status: once a second at most.
  void MeasureLag(Position head, SteadyTime now);
  void Fill(v1::LedgerStatus& status) const;

  // A stream has been given its end.
  void CountEnd(const Status& status);

 private:
  void Leave(const std::string& principal);
  void EndUnreadAppends(SteadyTime now);

  const std::chrono::milliseconds patience_;
  const std::size_t streams_max_;
  runtime::Metrics& metrics_;
  // Places have a mutex of their own, and so have appends: whoever begins a stream does not wait
  // until records have been read for all others.
  std::mutex places_mutex_;
  std::size_t places_ = 0;  // Taken.
  std::map<std::string, std::size_t> places_by_principal_;
  std::mutex appends_mutex_;
  std::set<AppendStream*> appends_;
  SteadyTime appends_seen_{};
  mutable std::mutex mutex_;
  std::condition_variable_any added_;
  std::set<ChunkStream*> streams_;
  SteadyTime measured_{};
  std::uint64_t subscribers_ = 0;
  Position lag_max_ = 0;
};

}  // namespace hq::ledger
