#include "services/billing/views/usage.hpp"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>

#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"
#include "services/billing/core/meter.hpp"
#include "services/billing/core/price_book.hpp"

namespace hq::billing {
namespace {

// Rows:
//   at                               the position that the rows reflect, decimal
//   book/{effective from}/{number}   PriceBookApplied
//   tier/{cell}/{since}/{position}   the billing tier since then; empty: retired
//   use/{cell}/{month}               Usage
// Times are microseconds in 20 digits, so that the order of the keys is the order of time.
constexpr std::string_view kAtRow = "at";
constexpr std::string_view kBookRows = "book/";
constexpr std::string_view kTierRows = "tier/";
constexpr std::string_view kUseRows = "use/";

std::string TimeKey(std::int64_t micros) {
  return absl::StrFormat("%020d", std::max<std::int64_t>(micros, 0));
}

// The last row of those under `prefix` (in the order of time) that had begun by `when`.
std::optional<std::string> InForce(const rocks::Reader& rows, const std::string& prefix,
                                   std::int64_t when) {
  std::optional<std::string> value;
  const std::string last = TimeKey(when);
  for (const auto& [key, bytes] : rows.Scan(prefix)) {
    if (key.substr(prefix.size(), last.size()) > last) break;
    value = bytes;
  }
  return value;
}

std::string TierOf(const decision::v1::CellEntry& entry) {
  return entry.billing_tier().empty() ? entry.tier() : entry.billing_tier();
}

Status FoldPriceBook(const ledger::v1::Record& record, rocks::Rows& rows) {
  v1::PriceBookEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  const auto& book = event.price_book_applied();
  rows.Put(std::string(kBookRows) + TimeKey(book.effective_from_us()) + "/" +
               absl::StrFormat("%010u", book.book()),
           book.SerializeAsString());
  return absl::OkStatus();
}

Status FoldTier(const ledger::v1::Record& record, rocks::Rows& rows) {
  decision::v1::CellEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  std::string tier;
  if (event.has_cell_registered()) {
    tier = TierOf(event.cell_registered().cell());
  } else if (event.has_cell_changed()) {
    tier = TierOf(event.cell_changed().cell());
  } else if (!event.has_cell_retired()) {
    return absl::OkStatus();
  }
  rows.Put(std::string(kTierRows) + std::string(IdOf(record.stream())) + "/" +
               TimeKey(record.occurred_at_us()) + "/" + absl::StrFormat("%020u", record.position()),
           tier);
  return absl::OkStatus();
}

void FoldUsage(const ledger::v1::Record& record, rocks::Rows& rows) {
  Pricing pricing;
  v1::PriceBookApplied book;
  if (const auto bytes = InForce(rows, std::string(kBookRows), record.occurred_at_us())) {
    book = rows.Parsed<v1::PriceBookApplied>(kBookRows, *bytes);
    pricing.book = &book;
  }
  pricing.tier =
      InForce(rows, std::string(kTierRows) + record.branch() + "/", record.occurred_at_us())
          .value_or("");
  const std::string month = UtcMonth(FromMicros(record.occurred_at_us()));
  const std::string key = std::string(kUseRows) + record.branch() + "/" + month;
  auto usage = rows.GetMessage<v1::Usage>(key).value_or(v1::Usage());
  usage.set_branch(record.branch());
  usage.set_month(month);
  AddUsage(usage, record, pricing);
  rows.Put(key, usage.SerializeAsString());
}

// What the rows of one snapshot say of prices and cells now.
struct Standing {
  v1::PriceBookApplied book;                 // The newest; empty if there is none.
  std::map<std::string, std::string> tiers;  // By cell.

  void Add(const rocks::Reader& rows, const std::string& key, const std::string& bytes) {
    if (key.starts_with(kBookRows)) {
      book = rows.Parsed<v1::PriceBookApplied>(key, bytes);
    } else if (key.starts_with(kTierRows)) {
      const std::string rest = key.substr(kTierRows.size());
      tiers[rest.substr(0, rest.find('/'))] = bytes;
    }
  }

  void Complete(v1::Usage& usage) const {
    if (usage.cost().empty()) usage.set_cost("0");
    if (usage.currency().empty())
      usage.set_currency(book.currency().empty() ? "USD" : book.currency());
    const auto tier = tiers.find(usage.branch());
    const auto* price = tier == tiers.end() ? nullptr : FindPrice(book, tier->second);
    if (price) usage.set_monthly_token_limit(price->monthly_token_limit());
  }
};

}  // namespace

Status Usage::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string_view category = CategoryOf(record.stream());
  if (category == PriceBook::kCategory) {
    HQ_RETURN_IF_ERROR(FoldPriceBook(record, rows));
  } else if (category == "cell") {
    HQ_RETURN_IF_ERROR(FoldTier(record, rows));
  }
  if (record.has_tokens()) FoldUsage(record, rows);
  rows.Put(kAtRow, std::to_string(record.position()));
  return absl::OkStatus();
}

v1::GetUsageResponse Usage::All() const {
  v1::GetUsageResponse response;
  Standing standing;
  for (const auto& [key, bytes] : rows().Scan("")) {
    standing.Add(rows(), key, bytes);
    if (key.starts_with(kUseRows)) *response.add_usage() = rows().Parsed<v1::Usage>(key, bytes);
    if (key != kAtRow) continue;
    Position at = 0;
    if (!absl::SimpleAtoi(bytes, &at)) rows().Unreadable(key);
    response.set_position(at);
  }
  for (auto& usage : *response.mutable_usage()) standing.Complete(usage);
  std::sort(response.mutable_usage()->begin(), response.mutable_usage()->end(),
            [](const auto& left, const auto& right) {
              return std::pair(left.branch(), left.month()) <
                     std::pair(right.branch(), right.month());
            });
  return response;
}

std::set<std::string> Usage::TiersWithoutPrice(const v1::PriceBookApplied& book) const {
  Standing standing;
  for (const auto& [key, bytes] : rows().Scan(kTierRows)) standing.Add(rows(), key, bytes);
  std::set<std::string> missing;
  for (const auto& [cell, tier] : standing.tiers)
    if (!tier.empty() && !FindPrice(book, tier)) missing.insert(tier);
  return missing;
}

}  // namespace hq::billing
