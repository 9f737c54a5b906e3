// A clock that stands still until it is moved. Thread-safe.
#pragma once

#include <atomic>

#include "common/base/clock.hpp"

namespace hq::testing {

class FakeClock final : public Clock {
 public:
  explicit FakeClock(std::int64_t micros = 1'768'557'600'000'000) : micros_(micros) {}

  TimePoint Now() override { return FromMicros(micros_.load()); }
  void Advance(std::chrono::microseconds by) { micros_ += by.count(); }

 private:
  std::atomic<std::int64_t> micros_;
};

}  // namespace hq::testing
