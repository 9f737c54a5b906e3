#include "common/base/decimal.hpp"

#include <algorithm>
#include <charconv>

namespace hq {
namespace {

constexpr int kNanoDigits = 9;
constexpr int kDigitsMax = 36;  // 10^36 < 2^127.

Status NotANumber(std::string_view text) {
  return absl::InvalidArgumentError("not an exact decimal number: \"" +
                                    std::string(text.substr(0, 64)) + "\"");
}

bool TakeDigits(std::string_view& rest, std::string& digits) {
  const std::size_t before = rest.size();
  while (!rest.empty() && rest[0] >= '0' && rest[0] <= '9') {
    digits += rest[0];
    rest.remove_prefix(1);
  }
  return rest.size() != before;
}

}  // namespace

Result<Nanos> ParseNanos(std::string_view decimal) {
  std::string_view rest = decimal;
  const bool is_negative = rest.starts_with('-');
  if (is_negative) rest.remove_prefix(1);
  std::string digits;
  if (!TakeDigits(rest, digits)) return NotANumber(decimal);
  std::int64_t exponent = 0;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    const std::size_t whole = digits.size();
    if (!TakeDigits(rest, digits)) return NotANumber(decimal);
    exponent = -static_cast<std::int64_t>(digits.size() - whole);
  }
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    const bool has_plus = rest.starts_with('+');
    if (has_plus) rest.remove_prefix(1);
    if (has_plus && rest.starts_with('-')) return NotANumber(decimal);
    int written = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), written);
    if (error != std::errc() || written < -1000 || written > 1000) return NotANumber(decimal);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    exponent += written;
  }
  if (!rest.empty()) return NotANumber(decimal);

  exponent += kNanoDigits;
  while (exponent < 0 && digits.size() > 1 && digits.back() == '0') {
    digits.pop_back();
    ++exponent;
  }
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
  if (digits == "0") return Nanos{0};
  if (exponent < 0)
    return absl::InvalidArgumentError("finer than a nano-unit (10^-9): " + std::string(decimal));
  if (digits.size() + static_cast<std::size_t>(exponent) > kDigitsMax)
    return absl::InvalidArgumentError("too large: " + std::string(decimal));
  digits.append(static_cast<std::size_t>(exponent), '0');
  Nanos value = 0;
  for (const char digit : digits) value = value * 10 + (digit - '0');
  return is_negative ? -value : value;
}

std::string FormatNanos(Nanos nanos) {
  const bool is_negative = nanos < 0;
  std::string digits;
  for (Nanos rest = nanos; rest != 0; rest /= 10) {
    const int digit = static_cast<int>(rest % 10);
    digits += static_cast<char>('0' + (digit < 0 ? -digit : digit));
  }
  while (digits.size() <= kNanoDigits) digits += '0';
  std::reverse(digits.begin(), digits.end());
  std::string fraction = digits.substr(digits.size() - kNanoDigits);
  digits.resize(digits.size() - kNanoDigits);
  fraction.resize(fraction.find_last_not_of('0') + 1);
  return (is_negative ? "-" : "") + digits + (fraction.empty() ? "" : "." + fraction);
}

Nanos PriceOf(std::int64_t tokens, std::int64_t rate_nanos_per_million) {
  constexpr Nanos kMillion = 1'000'000;
  const Nanos scaled = Nanos{tokens} * rate_nanos_per_million;
  const Nanos half = scaled < 0 ? -kMillion / 2 : kMillion / 2;
  return (scaled + half) / kMillion;
}

}  // namespace hq
