#include "services/billing/adapters/cost_policy_file.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "common/config/strict_json.hpp"
#include "services/billing/core/price_book.hpp"

namespace hq::billing {
namespace {

using config::ObjectReader;
using config::Value;

// The rate for a million tokens out of the rate for one: the decimal point moves six places, so
// that rates finer than a nano-unit a token stay exact.
Result<std::int64_t> RatePerMillion(const std::string& rate_per_token) {
  const auto exponent_at = rate_per_token.find_first_of("eE");
  int exponent = 0;
  if (exponent_at != std::string::npos) {
    const char* begin = rate_per_token.data() + exponent_at + 1;
    const char* end = rate_per_token.data() + rate_per_token.size();
    if (begin != end && *begin == '+') ++begin;
    const auto [rest, error] = std::from_chars(begin, end, exponent);
    if (error != std::errc() || rest != end || std::abs(exponent) > 100)
      return absl::InvalidArgumentError("not a rate: " + rate_per_token.substr(0, 60));
  }
  const auto nanos =
      ParseNanos(rate_per_token.substr(0, exponent_at) + "e" + std::to_string(exponent + 6));
  if (!nanos.ok())
    return absl::InvalidArgumentError("must be exact to 10^-15 per token and not too large: " +
                                      rate_per_token.substr(0, 60));
  if (*nanos < 0) return absl::InvalidArgumentError("must not be negative");
  if (*nanos > std::numeric_limits<std::int64_t>::max())
    return absl::InvalidArgumentError("too large: " + rate_per_token.substr(0, 60));
  return static_cast<std::int64_t>(*nanos);
}

Result<v1::TierPrice> ReadTier(std::string_view file, const std::string& name, const Value& value) {
  ObjectReader reader(file, "$.tiers." + name.substr(0, 100), value);
  v1::TierPrice price;
  price.set_tier(name);
  price.set_monthly_token_limit(
      reader.Integer("monthlyTokenLimit", 0, std::numeric_limits<std::int64_t>::max()));
  const Value* rate = reader.Any("rate");
  if (!rate || rate->kind != Value::Kind::kNumber) {
    reader.Fault("rate", rate ? "must be a number" : "is missing: a tier must have a price");
  } else if (const auto per_million = RatePerMillion(rate->text); per_million.ok()) {
    price.set_rate_nanos_per_million(*per_million);
  } else {
    reader.Fault("rate", std::string(per_million.status().message()));
  }
  HQ_RETURN_IF_ERROR(reader.Done());
  return price;
}

bool IsCurrencyCode(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

Result<v1::PriceBookApplied> ParseCostPolicy(std::string_view file, std::string_view text) {
  HQ_ASSIGN_OR_RETURN(const Value root, config::ParseStrict(file, text));
  ObjectReader reader(file, "$", root);
  v1::PriceBookApplied book;
  book.set_currency(reader.String("currency", "USD"));
  if (!IsCurrencyCode(book.currency()))
    reader.Fault("currency", "must be an ISO 4217 code, e.g. \"USD\"");
  const Value* tiers = reader.Object("tiers", true);
  HQ_RETURN_IF_ERROR(reader.Done());
  const auto& known = BillingTiers();
  for (const auto& [name, value] : tiers->fields) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return config::FileFault(file, "$.tiers." + name.substr(0, 100),
                               "unknown tier; known here: canary, incubation, premium, standard");
    HQ_ASSIGN_OR_RETURN(*book.add_tiers(), ReadTier(file, name, value));
  }
  const bool prices_canary = FindPrice(book, "canary") || FindPrice(book, "incubation");
  if (prices_canary) return book;
  return config::FileFault(file, "$.tiers",
                           "must price incubation, or canary, which is priced as incubation");
}

}  // namespace hq::billing
