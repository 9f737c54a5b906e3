// The only way to learn the time. Times that are recorded are int64 microseconds since the Unix
// epoch, UTC.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hq {

using TimePoint = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint Now() = 0;
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() override { return std::chrono::system_clock::now(); }
};

inline std::int64_t ToMicros(TimePoint time) {
  return std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
}

inline TimePoint FromMicros(std::int64_t micros) {
  return TimePoint(
      std::chrono::duration_cast<TimePoint::duration>(std::chrono::microseconds(micros)));
}

// RFC 3339 in UTC with microseconds, e.g. "2026-01-18T02:11:44.000000Z".
std::string ToRfc3339(TimePoint time);

// Microseconds since the Unix epoch of an RFC 3339 date-time, e.g. "2026-01-18T11:11:44.5+09:00";
// finer digits are cut off, a leap second is the second after it. Nothing if the text is none, or
// names a day that there is not.
std::optional<std::int64_t> MicrosOfRfc3339(std::string_view text);

// The UTC day as YYYYMMDD.
std::string UtcDay(TimePoint time);

// The UTC month as YYYY-MM.
std::string UtcMonth(TimePoint time);

// YYYY-MM, as UtcMonth writes it.
bool IsMonth(std::string_view text);

}  // namespace hq
