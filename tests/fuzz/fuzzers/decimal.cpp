// Exact decimals, held against digits pushed around by hand.
#include "common/base/decimal.hpp"

#include <algorithm>

#include "common/base/check.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

// The plain digits of value * 10^9 without sign and leading zeros: schoolbook, for text that was
// taken. Empty for zero.
std::string NanoDigits(std::string_view text) {
  std::string digits;
  long point = 0;  // How many of the digits stand before the decimal point.
  bool is_behind_point = false;
  std::size_t i = text.starts_with('-') ? 1 : 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      is_behind_point = true;
      continue;
    }
    digits += text[i];
    if (!is_behind_point) ++point;
  }
  if (i < text.size()) point += std::stol(std::string(text.substr(i + 1)));
  point += 9;
  digits.resize(
      std::max<std::size_t>(digits.size(), point > 0 ? static_cast<std::size_t>(point) : 0), '0');
  digits.resize(point > 0 ? static_cast<std::size_t>(point) : 0);
  return digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

bool Decimal(std::string_view bytes) {
  const auto nanos = ParseNanos(bytes);
  if (!nanos.ok()) {
    HQ_CHECK(absl::IsInvalidArgument(nanos.status()), "a refusal is one");
    return false;
  }
  const bool is_negative = *nanos < 0;
  std::string digits;
  for (Nanos rest = is_negative ? -*nanos : *nanos; rest != 0; rest /= 10)
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  HQ_CHECK(digits == NanoDigits(bytes), "the digits are those that were written");
  HQ_CHECK(!is_negative || bytes[0] == '-', "the sign is the one that was written");
  const std::string printed = FormatNanos(*nanos);
  const auto again = ParseNanos(printed);
  HQ_CHECK(again.ok() && *again == *nanos && FormatNanos(*again) == printed,
           "printed and read again it is the same");
  return true;
}

}  // namespace hq::fuzz
