// cost-policy.json: rates by their own digits, never negative, decided about to the end.
#include "services/billing/adapters/cost_policy_file.hpp"

#include "common/base/check.hpp"
#include "services/billing/core/price_book.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool CostPolicyFile(std::string_view bytes) {
  const std::string file = "billing/cost-policy.json";
  const auto parsed = billing::ParseCostPolicy(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  for (const auto& tier : parsed->tiers())
    HQ_CHECK(tier.rate_nanos_per_million() >= 0 && tier.monthly_token_limit() >= 0,
             "no price and no limit is negative");
  CommandMeta meta;
  meta.actor = "ann";
  meta.role = "hq_admin";
  billing::PriceBook::State state;
  const auto events = billing::PriceBook::Decide(state, *parsed, meta);
  HQ_CHECK(events.ok() && events->size() == 1, "a book that was read can be applied");
  for (const auto& event : *events) state = billing::PriceBook::Fold(state, event);
  const auto again = billing::PriceBook::Decide(state, *parsed, meta);
  HQ_CHECK(again.ok() && again->empty(), "the same book again changes nothing");
  return true;
}

}  // namespace hq::fuzz
