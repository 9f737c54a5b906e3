// Measures one closed loop: what was acknowledged after the warm-up and before the end.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <vector>

namespace hq::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime Now() { return std::chrono::steady_clock::now(); }

inline double SecondsBetween(SteadyTime from, SteadyTime to) {
  return std::chrono::duration<double>(to - from).count();
}

// How one closed loop behaves, and for how long.
struct AppendLoad {
  enum class Kind {
    kVersioned,  // Every append names the version of its client's own stream.
    kBatched,    // So does every batch; one request, transaction or pipeline holds a batch.
    kStreaming,  // One client with a window of messages on their way, `batch` events in each.
  };
  Kind kind = Kind::kBatched;
  int clients = 1;
  int batch = 1;
  std::chrono::milliseconds warm_up{0};
  std::chrono::milliseconds duration{1'000};  // After the warm-up.
  std::uint64_t events_max = std::numeric_limits<std::uint64_t>::max();
};

struct AppendResult {
  double events_per_second = 0;
  std::vector<double> latencies_us;  // Of requests, not of events.
};

// Belongs to one thread; `acknowledged` is shared and counts everything, warm-up too.
class Meter {
 public:
  Meter(const AppendLoad& load, std::atomic<std::uint64_t>& acknowledged)
      : warm_up_(load.warm_up),
        duration_(load.duration),
        events_max_(load.events_max),
        acknowledged_(acknowledged) {}

  // The warm-up begins now: connections are made, what is to be sent is ready.
  void Start() {
    begin_ = Now() + warm_up_;
    end_ = begin_ + duration_;
  }

  // Whether no further request is to be sent, `sent` events being sent already.
  bool IsOver(std::uint64_t sent) const { return sent >= events_max_ || Now() >= end_; }

  void Acknowledged(std::uint64_t events, SteadyTime sent_at) {
    const SteadyTime now = Now();
    acknowledged_ += events;
    last_ = now;
    all_events_ += events;
    if (now < begin_ || now >= end_) return;
    events_ += events;
    latencies_us_.push_back(SecondsBetween(sent_at, now) * 1e6);
  }

  // A loop that ended by its number of events is measured up to its last one.
  AppendResult Result() && {
    const SteadyTime end = all_events_ >= events_max_ ? std::min(last_, end_) : end_;
    const double seconds = SecondsBetween(begin_, end);
    const double rate = seconds > 0 ? static_cast<double>(events_) / seconds : 0;
    return {rate, std::move(latencies_us_)};
  }

 private:
  const std::chrono::milliseconds warm_up_;
  const std::chrono::milliseconds duration_;
  const std::uint64_t events_max_;
  std::atomic<std::uint64_t>& acknowledged_;
  SteadyTime begin_{};
  SteadyTime end_{};
  SteadyTime last_{};
  std::uint64_t events_ = 0;
  std::uint64_t all_events_ = 0;
  std::vector<double> latencies_us_;
};

}  // namespace hq::bench
