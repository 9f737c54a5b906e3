#include "services/billing/core/price_book.hpp"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <set>

#include "common/base/decimal.hpp"
#include "common/base/ids.hpp"
#include "common/base/text.hpp"

namespace hq::billing {
namespace {

constexpr std::string_view kCanary = "canary";
constexpr std::string_view kIncubation = "incubation";
constexpr std::size_t kShownBytesMax = 40;  // Of a name taken from the file, in a message.

Status BadBook(const std::string& message) {
  return Refusal(absl::StatusCode::kInvalidArgument, message, "MALFORMED_PRICE_BOOK",
                 "Mend the file and apply it again.");
}

bool IsCurrency(std::string_view text) {
  return text.size() == 3 &&
         std::all_of(text.begin(), text.end(), [](char c) { return absl::ascii_isupper(c); });
}

Status CheckTiers(const v1::PriceBookApplied& book) {
  std::set<std::string> seen;
  for (const auto& price : book.tiers()) {
    const auto& known = BillingTiers();
    if (std::find(known.begin(), known.end(), price.tier()) == known.end())
      return BadBook("unknown tier: \"" + ValidUtf8(price.tier(), kShownBytesMax) + "\"");
    if (!seen.insert(price.tier()).second) return BadBook("tier twice: " + price.tier());
    if (price.rate_nanos_per_million() < 0 || price.monthly_token_limit() < 0)
      return BadBook("tier " + price.tier() + ": a price or a limit must not be negative");
  }
  return absl::OkStatus();
}

// Canary is priced as incubation unless the book says otherwise (ruling D-3); tiers by name.
Result<v1::PriceBookApplied> Completed(v1::PriceBookApplied book) {
  if (!FindPrice(book, kCanary)) {
    const auto* incubation = FindPrice(book, kIncubation);
    if (!incubation) return BadBook("tiers canary and incubation are both missing");
    v1::TierPrice canary = *incubation;
    canary.set_tier(std::string(kCanary));
    *book.add_tiers() = canary;
  }
  std::sort(book.mutable_tiers()->begin(), book.mutable_tiers()->end(),
            [](const auto& left, const auto& right) { return left.tier() < right.tier(); });
  return book;
}

bool IsSame(v1::PriceBookApplied left, const v1::PriceBookApplied& right) {
  left.set_book(right.book());
  left.set_effective_from_us(right.effective_from_us());
  return left.SerializeAsString() == right.SerializeAsString();
}

std::string Rate(const v1::TierPrice& price, const std::string& currency) {
  return FormatNanos(price.rate_nanos_per_million()) + " " + currency + " per million tokens";
}

void DescribeTier(const v1::TierPrice* was, const v1::TierPrice& is, const std::string& currency,
                  std::vector<std::string>& lines) {
  const std::string tier = "tier " + is.tier() + ": ";
  const std::string limit = std::to_string(is.monthly_token_limit());
  if (!was) {
    lines.push_back(tier + Rate(is, currency) + ", " + limit + " tokens a month");
    return;
  }
  if (was->rate_nanos_per_million() != is.rate_nanos_per_million())
    lines.push_back(tier + Rate(*was, currency) + " -> " + Rate(is, currency));
  if (was->monthly_token_limit() != is.monthly_token_limit())
    lines.push_back(tier + std::to_string(was->monthly_token_limit()) + " -> " + limit +
                    " tokens a month");
}

}  // namespace

PriceBook::State PriceBook::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kPriceBookApplied:
      state.latest = event.price_book_applied();
      break;
    case Event::BODY_NOT_SET:  // Never folded: reading such an event is refused before.
      break;
  }
  return state;
}

std::string PriceBook::Branch(std::string_view) { return std::string(kHqBranch); }

Result<PriceBook::Events> PriceBook::Decide(const State& state, const v1::PriceBookApplied& command,
                                            const CommandMeta& meta) {
  if (!IsCurrency(command.currency()))
    return BadBook("currency must be an ISO 4217 code, e.g. \"USD\"");
  HQ_RETURN_IF_ERROR(CheckTiers(command));
  HQ_ASSIGN_OR_RETURN(auto book, Completed(command));
  if (state.latest) {
    if (IsSame(*state.latest, book)) return Events{};
    if (state.latest->currency() != book.currency())
      return Refusal(absl::StatusCode::kFailedPrecondition,
                     "the currency is " + state.latest->currency() + " and cannot be changed to " +
                         book.currency(),
                     "CURRENCY_FIXED", "Keep the currency: sums of two currencies mean nothing.");
  }
  book.set_book(state.latest ? state.latest->book() + 1 : 1);
  book.set_effective_from_us(ToMicros(meta.now));
  Events events(1);
  *events[0].mutable_price_book_applied() = std::move(book);
  return events;
}

std::vector<std::string> PriceBook::Describe(const State& before, const Event& event) {
  const auto& after = event.price_book_applied();
  const v1::PriceBookApplied none;
  const auto& was = before.latest ? *before.latest : none;
  std::vector<std::string> lines;
  for (const auto& price : after.tiers())
    DescribeTier(FindPrice(was, price.tier()), price, after.currency(), lines);
  for (const auto& price : was.tiers())
    if (!FindPrice(after, price.tier())) lines.push_back("tier " + price.tier() + ": removed");
  return lines;
}

const std::vector<std::string>& BillingTiers() {
  static const std::vector<std::string> kTiers = {"canary", "incubation", "premium", "standard"};
  return kTiers;
}

const v1::TierPrice* FindPrice(const v1::PriceBookApplied& book, std::string_view tier) {
  const auto it = std::find_if(book.tiers().begin(), book.tiers().end(),
                               [&](const auto& price) { return price.tier() == tier; });
  return it == book.tiers().end() ? nullptr : &*it;
}

}  // namespace hq::billing
