// What a subscriber has received, and how late.
#pragma once

#include <cstdint>
#include <mutex>
#include <vector>

#include "common/base/clock.hpp"
#include "tests/support/eventually.hpp"

namespace hq::bench {

// Thread-safe.
class Arrivals {
 public:
  // An event that was due at that time, microseconds since the Unix epoch, is here.
  void Add(std::int64_t due_us) {
    const std::int64_t now_us = ToMicros(std::chrono::system_clock::now());
    std::lock_guard lock(mutex_);
    latencies_ms_.push_back(static_cast<double>(now_us - due_us) / 1e3);
  }

  std::size_t count() const {
    std::lock_guard lock(mutex_);
    return latencies_ms_.size();
  }

  // Whether so many came in time.
  bool WaitFor(std::size_t events) const {
    return testing::Eventually([&] { return count() >= events; }, std::chrono::seconds(60));
  }

  // In the order of arrival; only after the last one.
  const std::vector<double>& latencies_ms() const { return latencies_ms_; }

 private:
  mutable std::mutex mutex_;
  std::vector<double> latencies_ms_;
};

}  // namespace hq::bench
