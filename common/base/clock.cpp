#include "common/base/clock.hpp"

#include <absl/strings/str_format.h>

namespace hq {
namespace {

std::chrono::year_month_day DateOf(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time);
}

}  // namespace

std::string ToRfc3339(TimePoint time) {
  const auto date = DateOf(time);
  const auto since_midnight = std::chrono::floor<std::chrono::microseconds>(
      time - std::chrono::floor<std::chrono::days>(time));
  const std::chrono::hh_mm_ss clock(since_midnight);
  return absl::StrFormat("%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                         clock.subseconds().count());
}

std::string UtcDay(TimePoint time) {
  const auto date = DateOf(time);
  return absl::StrFormat("%04d%02u%02u", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string UtcMonth(TimePoint time) {
  const auto date = DateOf(time);
  return absl::StrFormat("%04d-%02u", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()));
}

}  // namespace hq
