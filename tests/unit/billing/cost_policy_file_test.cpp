#include "services/billing/adapters/cost_policy_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/billing/core/price_book.hpp"

namespace hq::billing {
namespace {

using ::testing::HasSubstr;

std::string WithRate(const std::string& rate) {
  return R"({"tiers": {"canary": {"monthlyTokenLimit": 1, "rate": )" + rate + "}}}";
}

std::int64_t RateOf(const std::string& rate) {
  const auto book = ParseCostPolicy("cost-policy.json", WithRate(rate));
  EXPECT_TRUE(book.ok()) << rate << ": " << book.status();
  return book.ok() ? book->tiers(0).rate_nanos_per_million() : -1;
}

TEST(CostPolicyFile, ReadsTheWhitepapers) {
  const auto book = ParseCostPolicy("billing/cost-policy.json", R"({ "tiers": {
    "incubation": { "monthlyTokenLimit": 200000, "rate": 0.00002 },
    "standard": { "monthlyTokenLimit": 1000000, "rate": 0.000018 },
    "premium": { "monthlyTokenLimit": 5000000, "rate": 0.000015 } } })");
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(book->currency(), "USD");
  EXPECT_EQ(FindPrice(*book, "incubation")->rate_nanos_per_million(), 20'000'000'000);
  EXPECT_EQ(FindPrice(*book, "standard")->rate_nanos_per_million(), 18'000'000'000);
  EXPECT_EQ(FindPrice(*book, "premium")->rate_nanos_per_million(), 15'000'000'000);
  EXPECT_EQ(FindPrice(*book, "premium")->monthly_token_limit(), 5'000'000);
}

TEST(CostPolicyFile, RatesAreTheirOwnDigits) {
  EXPECT_EQ(RateOf("0.000018"), 18'000'000'000);
  EXPECT_EQ(RateOf("1.8e-5"), 18'000'000'000);
  EXPECT_EQ(RateOf("1.8E-05"), 18'000'000'000);
  EXPECT_EQ(RateOf("0.000000000000001"), 1) << "finer than a nano-unit a token";
  EXPECT_EQ(RateOf("0"), 0);
  EXPECT_EQ(RateOf("3"), 3'000'000'000'000'000);
}

TEST(CostPolicyFile, NamesTheFault) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {R"({})", "$.tiers"},
      {R"({"tiers": {}})", "$.tiers"},
      {R"({"tiers": {"standard": {"monthlyTokenLimit": 1, "rate": 1}}})", "$.tiers"},
      {R"({"tiers": {"gold": {"monthlyTokenLimit": 1, "rate": 1}}})", "$.tiers.gold"},
      {R"({"tiers": {"canary": {"monthlyTokenLimit": 1}}})", "$.tiers.canary.rate"},
      {R"({"tiers": {"canary": {"rate": 1}}})", "$.tiers.canary.monthlyTokenLimit"},
      {R"({"tiers": {"canary": {"monthlyTokenLimit": -1, "rate": 1}}})",
       "$.tiers.canary.monthlyTokenLimit"},
      {R"({"tiers": {"canary": {"monthlyTokenLimit": 1.5, "rate": 1}}})",
       "$.tiers.canary.monthlyTokenLimit"},
      {R"({"currency": "usd", "tiers": {}})", "$.currency"},
      {R"({"currency": 7, "tiers": {}})", "$.currency"},
      {R"({"tiers": {}, "discount": 1})", "$.discount"},
      {WithRate(R"("0.00002")"), "$.tiers.canary.rate"},
      {WithRate("-0.00002"), "$.tiers.canary.rate"},
      {WithRate("1e-16"), "$.tiers.canary.rate"},
      {WithRate("1e10"), "$.tiers.canary.rate"},
      {WithRate("1e999999"), "$.tiers.canary.rate"},
      {WithRate("null"), "$.tiers.canary.rate"},
      {R"({"tiers": {"canary": {"rate": 1, "rate": 2}}})", "$.tiers.canary.rate"},
  };
  for (const auto& [text, place] : faults) {
    const auto book = ParseCostPolicy("cost-policy.json", text);
    EXPECT_EQ(book.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_THAT(std::string(book.status().message()), HasSubstr("cost-policy.json: " + place))
        << text;
  }
}

}  // namespace
}  // namespace hq::billing
