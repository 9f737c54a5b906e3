#include "services/ledger/core/txn_id.hpp"

#include <algorithm>
#include <charconv>

namespace hq::ledger {
namespace {

constexpr std::string_view kTxnPrefix = "TXN-";
constexpr std::size_t kDayDigits = 8;
constexpr std::size_t kCounterDigitsMin = 3;
constexpr std::size_t kCounterDigitsMax = 18;

bool AreDigits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string FormatTxnId(const TxnId& id) {
  char digits[kCounterDigitsMax + 2];
  const auto end = std::to_chars(digits, digits + sizeof digits, id.counter).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  std::string text;
  text.reserve(kTxnPrefix.size() + id.day.size() + 1 + std::max(count, kCounterDigitsMin));
  text += kTxnPrefix;
  text += id.day;
  text += '-';
  if (count < kCounterDigitsMin) text.append(kCounterDigitsMin - count, '0');
  text.append(digits, count);
  return text;
}

std::optional<TxnId> ParseTxnId(std::string_view text) {
  if (!text.starts_with(kTxnPrefix)) return std::nullopt;
  text.remove_prefix(kTxnPrefix.size());
  if (text.size() < kDayDigits + 1 + kCounterDigitsMin || text[kDayDigits] != '-')
    return std::nullopt;
  const std::string_view day = text.substr(0, kDayDigits);
  const std::string_view digits = text.substr(kDayDigits + 1);
  const bool has_leading_zero = digits.size() > kCounterDigitsMin && digits[0] == '0';
  if (!AreDigits(day) || !AreDigits(digits) || digits.size() > kCounterDigitsMax ||
      has_leading_zero)
    return std::nullopt;
  TxnId id{std::string(day), 0};
  std::from_chars(digits.data(), digits.data() + digits.size(), id.counter);
  if (id.counter == 0) return std::nullopt;
  return id;
}

TxnId NextTxnId(const TxnId& last, const std::string& day) {
  if (day > last.day) return {day, 1};
  return {last.day, last.counter + 1};
}

}  // namespace hq::ledger
