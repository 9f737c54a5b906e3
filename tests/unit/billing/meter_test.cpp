#include "services/billing/core/meter.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include "common/base/decimal.hpp"

namespace hq::billing {
namespace {

v1::PriceBookApplied BookAt(std::int64_t rate_nanos_per_million) {
  v1::PriceBookApplied book;
  book.set_currency("USD");
  auto* price = book.add_tiers();
  price->set_tier("standard");
  price->set_rate_nanos_per_million(rate_nanos_per_million);
  return book;
}

ledger::v1::Record Entry(std::int64_t tokens, const std::string& claimed = "") {
  ledger::v1::Record record;
  record.set_tokens(tokens);
  record.set_claimed_cost(claimed);
  return record;
}

constexpr std::int64_t kStandardRate = 18'000'000'000;  // 0.000018 a token.
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

TEST(Meter, AddsUpExactly) {
  const auto book = BookAt(kStandardRate);
  v1::Usage usage;
  AddUsage(usage, Entry(1520, "0.02736"), {&book, "standard"});
  AddUsage(usage, Entry(1840, "0.033"), {&book, "standard"});
  EXPECT_EQ(usage.tokens(), 3360);
  EXPECT_EQ(usage.cost(), "0.06048");
  EXPECT_EQ(usage.currency(), "USD");
  EXPECT_EQ(usage.entries(), 2u);
  EXPECT_EQ(usage.mismatched_claims(), 1u) << "the whitepaper's 0.033 is not 1840 tokens' price";
  EXPECT_EQ(usage.unpriced_entries(), 0u);
}

TEST(Meter, CountsTokensThatHaveNoPrice) {
  const auto book = BookAt(kStandardRate);
  v1::Usage usage;
  AddUsage(usage, Entry(10, "1"), {nullptr, "standard"});
  AddUsage(usage, Entry(20), {&book, ""});
  AddUsage(usage, Entry(30), {&book, "premium"});
  EXPECT_EQ(usage.tokens(), 60);
  EXPECT_EQ(usage.unpriced_entries(), 3u);
  EXPECT_EQ(usage.cost(), "");
  EXPECT_EQ(usage.mismatched_claims(), 0u) << "nothing to compare the claim with";
}

TEST(Meter, AClaimIsComparedAsANumber) {
  const auto book = BookAt(kStandardRate);
  for (const auto& [claim, is_wrong] :
       std::vector<std::pair<std::string, bool>>{{"", false},
                                                 {"0.02736", false},
                                                 {"0.027360", false},
                                                 {"2736e-5", false},
                                                 {"0.02737", true},
                                                 {"0", true},
                                                 {"0.0273600000001", true},
                                                 {"free", true}}) {
    v1::Usage usage;
    AddUsage(usage, Entry(1520, claim), {&book, "standard"});
    EXPECT_EQ(usage.mismatched_claims(), is_wrong ? 1u : 0u) << claim;
    EXPECT_EQ(usage.cost(), "0.02736") << claim;
  }
}

TEST(Meter, RoundsEachEntryToAWholeNanoHalfAwayFromZero) {
  const auto book = BookAt(500'000);  // Half a nano a token.
  v1::Usage usage;
  AddUsage(usage, Entry(1), {&book, "standard"});
  EXPECT_EQ(usage.cost(), "0.000000001");
  AddUsage(usage, Entry(3), {&book, "standard"});
  EXPECT_EQ(usage.cost(), "0.000000003");
}

TEST(Meter, NeverOverflows) {
  const auto book = BookAt(kLargest);
  v1::Usage usage;
  usage.set_cost("999999999999999999999999999.999999998");
  for (int i = 0; i < 3; ++i) AddUsage(usage, Entry(kLargest), {&book, "standard"});
  EXPECT_EQ(usage.tokens(), kLargest);
  EXPECT_EQ(usage.cost(), "999999999999999999999999999.999999999");
}

TEST(Meter, EqualsAnIndependentSumOverRandomEntries) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const auto book = BookAt(kStandardRate);
  v1::Usage usage;
  Int128 nanos = 0;
  std::int64_t tokens = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto amount = static_cast<std::int64_t>(random() % 10'000'000);
    AddUsage(usage, Entry(amount), {&book, "standard"});
    nanos += Int128{amount} * 18'000;  // This rate is a whole number of nanos a token.
    tokens += amount;
  }
  EXPECT_EQ(usage.tokens(), tokens);
  EXPECT_EQ(usage.cost(), FormatNanos(nanos));
}

}  // namespace
}  // namespace hq::billing
