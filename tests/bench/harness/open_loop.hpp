// A load at a fixed rate, whatever becomes of what was sent before: each event is due at a time of
// its own and says so, so that whoever receives it knows how late it is. Latencies measured that
// way leave no waiting out.
#pragma once

#include <chrono>
#include <cstdint>

#include "common/base/clock.hpp"

namespace hq::bench {

struct OpenLoop {
  int rate = 1'000;  // Events a second.
  std::chrono::milliseconds duration{1'000};

  std::uint64_t Count() const {
    return static_cast<std::uint64_t>(duration.count() * rate / 1'000);
  }

  // When the event of that number is due, counted from 0.
  TimePoint DueAt(TimePoint begin, std::uint64_t number) const {
    constexpr std::int64_t kSecondNs = 1'000'000'000;
    return begin + std::chrono::nanoseconds(static_cast<std::int64_t>(number) * kSecondNs / rate);
  }
};

}  // namespace hq::bench
