#include "common/base/clock.hpp"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

namespace hq {
namespace {

std::chrono::year_month_day DateOf(TimePoint time) {
  return std::chrono::floor<std::chrono::days>(time);
}

// Takes exactly `digits` digits that make a number of `most` at the most.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits, int most) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number <= most ? std::optional(number) : std::nullopt;
}

bool TakeOneOf(std::string_view& text, std::string_view characters) {
  if (text.empty() || characters.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// ".25" as microseconds; nothing is zero.
std::optional<std::int64_t> TakeFraction(std::string_view& text) {
  if (!TakeOneOf(text, ".")) return 0;
  std::int64_t micros = 0;
  std::size_t digits = 0;
  for (; !text.empty() && absl::ascii_isdigit(text[0]); text.remove_prefix(1))
    if (digits++ < 6) micros = micros * 10 + (text[0] - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 6; ++digits) micros *= 10;
  return micros;
}

// "Z" or "+09:00", to the end of the text.
std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (TakeOneOf(text, "Zz")) return std::chrono::minutes(0);
  const bool is_west = text.starts_with('-');
  if (!TakeOneOf(text, "+-")) return std::nullopt;
  const auto hours = TakeNumber(text, 2, 23);
  if (!hours || !TakeOneOf(text, ":")) return std::nullopt;
  const auto minutes = TakeNumber(text, 2, 59);
  if (!minutes) return std::nullopt;
  const std::chrono::minutes offset(*hours * 60 + *minutes);
  return is_west ? -offset : offset;
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

std::optional<std::int64_t> MicrosOfRfc3339(std::string_view text) {
  const auto year = TakeNumber(text, 4, 9999);
  if (!year || !TakeOneOf(text, "-")) return std::nullopt;
  const auto month = TakeNumber(text, 2, 12);
  if (!month || !TakeOneOf(text, "-")) return std::nullopt;
  const auto day = TakeNumber(text, 2, 31);
  if (!day || !TakeOneOf(text, "Tt")) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok()) return std::nullopt;
  const auto hour = TakeNumber(text, 2, 23);
  if (!hour || !TakeOneOf(text, ":")) return std::nullopt;
  const auto minute = TakeNumber(text, 2, 59);
  if (!minute || !TakeOneOf(text, ":")) return std::nullopt;
  const auto second = TakeNumber(text, 2, 60);
  if (!second) return std::nullopt;
  const auto fraction = TakeFraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const std::chrono::seconds since_epoch =
      std::chrono::sys_days(date).time_since_epoch() + std::chrono::hours(*hour) +
      std::chrono::minutes(*minute) + std::chrono::seconds(*second) - *offset;
  return since_epoch.count() * 1'000'000 + *fraction;
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

bool IsMonth(std::string_view text) {
  if (!TakeNumber(text, 4, 9999) || !TakeOneOf(text, "-")) return false;
  const auto month = TakeNumber(text, 2, 12);
  return month && *month > 0 && text.empty();
}

}  // namespace hq
