#include "services/billing/core/price_book.hpp"

#include "tests/support/scenario.hpp"

namespace hq::billing {
namespace {

using PriceBookTest = testing::Scenario<PriceBook>;

const std::string kIncubation =
    R"( tiers { tier: "incubation" monthly_token_limit: 200000 rate_nanos_per_million: 20000000000 })";
const std::string kStandard =
    R"( tiers { tier: "standard" monthly_token_limit: 1000000 rate_nanos_per_million: 18000000000 })";
const std::string kCanary =
    R"( tiers { tier: "canary" monthly_token_limit: 200000 rate_nanos_per_million: 20000000000 })";

v1::PriceBookApplied Book(const std::string& tiers, const std::string& currency = "USD") {
  return testing::Text<v1::PriceBookApplied>("currency: \"" + currency + "\"" + tiers);
}

std::string Applied(int book, std::int64_t from_us, const std::string& tiers) {
  return "price_book_applied { book: " + std::to_string(book) + R"( currency: "USD")" + tiers +
         (from_us ? " effective_from_us: " + std::to_string(from_us) : "") + " }";
}

auto ApplyAt(const v1::PriceBookApplied& book, std::int64_t now_us) {
  return [=](const PriceBook::State& state) {
    CommandMeta meta;
    meta.now = FromMicros(now_us);
    return PriceBook::Decide(state, book, meta);
  };
}

TEST(PriceBook, PricesCanaryAsIncubationUnlessTold) {
  PriceBookTest()
      .WhenDecided(ApplyAt(Book(kStandard + kIncubation), 77))
      .Then({Applied(1, 77, kCanary + kIncubation + kStandard)});
  const std::string own = R"( tiers { tier: "canary" rate_nanos_per_million: 1 })";
  PriceBookTest().WhenDecided(ApplyAt(Book(own), 77)).Then({Applied(1, 77, own)});
}

TEST(PriceBook, TheSameBookAgainIsNoNews) {
  const std::string first = Applied(1, 77, kCanary + kIncubation + kStandard);
  PriceBookTest().Given({first}).WhenDecided(ApplyAt(Book(kIncubation + kStandard), 99)).Then({});
  PriceBookTest()
      .Given({first})
      .WhenDecided(ApplyAt(Book(kIncubation), 99))
      .Then({Applied(2, 99, kCanary + kIncubation)});
}

TEST(PriceBook, RefusesWhatCannotBeBilled) {
  for (const std::string tiers :
       {"", R"( tiers { tier: "standard" })", R"( tiers { tier: "gold" } tiers { tier: "canary" })",
        R"( tiers { tier: "canary" } tiers { tier: "canary" })",
        R"( tiers { tier: "canary" rate_nanos_per_million: -1 })",
        R"( tiers { tier: "canary" monthly_token_limit: -1 })"})
    PriceBookTest()
        .WhenDecided(ApplyAt(Book(tiers), 1))
        .ThenRefused(absl::StatusCode::kInvalidArgument, "MALFORMED_PRICE_BOOK");
  for (const char* currency : {"", "usd", "DOLLAR"})
    PriceBookTest()
        .WhenDecided(ApplyAt(Book(kCanary, currency), 1))
        .ThenRefused(absl::StatusCode::kInvalidArgument, "MALFORMED_PRICE_BOOK");
}

TEST(PriceBook, KeepsItsCurrency) {
  PriceBookTest()
      .Given({Applied(1, 77, kCanary)})
      .WhenDecided(ApplyAt(Book(kCanary, "KRW"), 99))
      .ThenRefused(absl::StatusCode::kFailedPrecondition, "CURRENCY_FIXED");
}

TEST(PriceBook, DescribesChangesForPeople) {
  PriceBook::State before;
  before.latest = Book(kCanary + kStandard);
  auto cheaper = Book(kCanary);
  cheaper.mutable_tiers(0)->set_rate_nanos_per_million(500'000'000);
  const auto events = PriceBook::Decide(before, cheaper, {});
  ASSERT_TRUE(events.ok()) << events.status();
  EXPECT_EQ(PriceBook::Describe(before, events->front()),
            (std::vector<std::string>{
                "tier canary: 20 USD per million tokens -> 0.5 USD per million tokens",
                "tier standard: removed"}));
}

}  // namespace
}  // namespace hq::billing
