#include "services/billing/core/meter.hpp"

#include <algorithm>
#include <limits>

#include "common/base/decimal.hpp"
#include "services/billing/core/price_book.hpp"

namespace hq::billing {
namespace {

// What ParseNanos can read back: 36 digits.
Nanos LargestSum() {
  Nanos sum = 1;
  for (int digit = 0; digit < 36; ++digit) sum *= 10;
  return sum - 1;
}

std::int64_t AddTokens(std::int64_t sum, std::int64_t tokens) {
  const std::int64_t room = std::numeric_limits<std::int64_t>::max() - sum;
  return sum + std::min(tokens, room);
}

// A claim that is no exact number of nano-units cannot equal the computed cost.
bool IsClaimWrong(const std::string& claimed, Nanos cost) {
  if (claimed.empty()) return false;
  const auto nanos = ParseNanos(claimed);
  return !nanos.ok() || *nanos != cost;
}

}  // namespace

void AddUsage(v1::Usage& usage, const ledger::v1::Record& record, const Pricing& pricing) {
  const std::int64_t tokens = std::max<std::int64_t>(record.tokens(), 0);
  usage.set_tokens(AddTokens(usage.tokens(), tokens));
  usage.set_entries(usage.entries() + 1);
  const auto* price = pricing.book ? FindPrice(*pricing.book, pricing.tier) : nullptr;
  if (!price) {
    usage.set_unpriced_entries(usage.unpriced_entries() + 1);
    return;
  }
  const Nanos cost = PriceOf(tokens, price->rate_nanos_per_million());
  const Nanos before = usage.cost().empty() ? Nanos{0} : ParseNanos(usage.cost()).value_or(0);
  usage.set_cost(FormatNanos(std::min(before + cost, LargestSum())));
  usage.set_currency(pricing.book->currency());
  if (IsClaimWrong(record.claimed_cost(), cost))
    usage.set_mismatched_claims(usage.mismatched_claims() + 1);
}

}  // namespace hq::billing
