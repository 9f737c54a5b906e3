// The usage view: which price holds for which entry, by when it happened.
#include "services/billing/views/usage.hpp"

#include <gtest/gtest.h>

#include "hq/decision/v1/events.pb.h"
#include "tests/support/scenario.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::billing {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;
constexpr std::int64_t kJanuary10 = 1'768'003'200'000'000;  // 2026-01-10T00:00:00Z.
constexpr std::int64_t kFebruary1 = 1'769'904'000'000'000;  // 2026-02-01T00:00:00Z.

class UsageView : public ::testing::Test {
 protected:
  void Prices(int book, std::int64_t from_us, std::int64_t standard, std::int64_t incubation) {
    v1::PriceBookEvent event;
    auto* applied = event.mutable_price_book_applied();
    applied->set_book(static_cast<std::uint32_t>(book));
    applied->set_currency("USD");
    applied->set_effective_from_us(from_us);
    for (const auto& [tier, rate] : {std::pair<const char*, std::int64_t>{"canary", incubation},
                                     std::pair<const char*, std::int64_t>{"incubation", incubation},
                                     std::pair<const char*, std::int64_t>{"standard", standard}}) {
      auto* price = applied->add_tiers();
      price->set_tier(tier);
      price->set_rate_nanos_per_million(rate * 1'000'000);
      price->set_monthly_token_limit(1000);
    }
    feeder_.Feed("price_book", "hq", event, from_us);
  }

  void Register(const std::string& cell, const std::string& entry, std::int64_t when_us) {
    feeder_.Feed("cell-" + cell, cell,
                 testing::Text<decision::v1::CellEvent>("cell_registered { cell { id: \"" + cell +
                                                        "\" " + entry + " } }"),
                 when_us);
  }

  void Use(const std::string& branch, std::int64_t tokens, std::int64_t when_us,
           const std::string& claimed = "") {
    ledger::v1::Record record;
    record.set_stream("entry-" + branch);
    record.set_branch(branch);
    record.set_event("llm_generate");
    record.set_tokens(tokens);
    record.set_occurred_at_us(when_us);
    record.set_claimed_cost(claimed);
    feeder_.Feed(std::move(record));
  }

  // "branch month tokens cost unpriced", a line a row.
  std::string Table() {
    const auto all = view_.All();
    std::string table;
    for (const auto& row : all.usage())
      table += row.branch() + " " + row.month() + " " + std::to_string(row.tokens()) + " " +
               row.cost() + " " + std::to_string(row.unpriced_entries()) + "\n";
    return table;
  }

  testing::ScratchDatabase database_;
  Usage view_{*database_};
  testing::ViewFeeder feeder_{*database_, {&view_}};
};

TEST_F(UsageView, PricesByTheCellsTierAndSplitsByMonth) {
  Prices(1, kJanuary10, 18'000, 20'000);
  Register("koosy", R"(tier: "standard")", kJanuary10);
  Register("a-b", R"(tier: "incubation")", kJanuary10);
  Register("a", R"(tier: "canary")", kJanuary10);
  Use("koosy", 1520, kJanuary10 + kDay);
  Use("koosy", 1840, kJanuary10 + kDay);
  Use("koosy", 1, kFebruary1 - 1);
  Use("koosy", 1000, kFebruary1);
  Use("a-b", 1, kJanuary10);
  Use("a", 1, kJanuary10);
  EXPECT_EQ(Table(),
            "a 2026-01 1 0.00002 0\n"
            "a-b 2026-01 1 0.00002 0\n"
            "koosy 2026-01 3361 0.060498 0\n"
            "koosy 2026-02 1000 0.018 0\n");
}

TEST_F(UsageView, PricesByWhatHeldWhenItHappened) {
  Prices(1, kJanuary10, 18'000, 20'000);
  Register("koosy", R"(tier: "incubation")", kJanuary10);
  Prices(2, kJanuary10 + 4 * kDay, 9'000, 10'000);
  feeder_.Feed("cell-koosy", "koosy",
               testing::Text<decision::v1::CellEvent>(
                   R"(cell_changed { cell { id: "koosy" tier: "standard" } })"),
               kJanuary10 + 2 * kDay);
  Use("koosy", 1, kJanuary10 + 4 * kDay);      // Second book, standard: 0.000009.
  Use("koosy", 1, kJanuary10 + 4 * kDay - 1);  // First book, standard: 0.000018.
  Use("koosy", 1, kJanuary10 + 2 * kDay - 1);  // First book, incubation: 0.00002; told late.
  EXPECT_EQ(Table(), "koosy 2026-01 3 0.000047 0\n");
}

TEST_F(UsageView, CountsWhatHasNoPriceAndNeverBillsItAtNothing) {
  Use("koosy", 5, kJanuary10);  // No book, no cell.
  Prices(1, kJanuary10, 18'000, 20'000);
  Use("koosy", 5, kJanuary10);  // No cell.
  Register("koosy", R"(tier: "premium")", kJanuary10);
  Use("koosy", 5, kJanuary10);  // No price for premium.
  Register("koosy", R"(tier: "premium" billing_tier: "standard")", kJanuary10 + kDay);
  Use("koosy", 5, kJanuary10 + kDay);
  Use("koosy", 5, kJanuary10 - 1);  // Before the first book.
  Use("hq", 7, kJanuary10 + kDay);
  EXPECT_EQ(Table(),
            "hq 2026-01 7 0 1\n"
            "koosy 2026-01 25 0.00009 4\n");
}

TEST_F(UsageView, ReflectsEveryRecordUpToItsPosition) {
  EXPECT_EQ(view_.All().position(), 0u);
  Prices(1, kJanuary10, 18'000, 20'000);
  Register("koosy", R"(tier: "standard")", kJanuary10);
  ledger::v1::Record no_tokens;
  no_tokens.set_stream("entry-koosy");
  no_tokens.set_branch("koosy");
  feeder_.Feed(no_tokens);
  EXPECT_EQ(view_.All().position(), 3u);
  EXPECT_EQ(view_.All().usage_size(), 0) << "an entry without tokens is no usage";
  Use("koosy", 0, kJanuary10);
  const auto all = view_.All();
  EXPECT_EQ(all.position(), 4u);
  ASSERT_EQ(all.usage_size(), 1);
  EXPECT_EQ(all.usage(0).entries(), 1u);
  EXPECT_EQ(all.usage(0).monthly_token_limit(), 1000);
}

TEST_F(UsageView, ComparesClaims) {
  Prices(1, kJanuary10, 18'000, 20'000);
  Register("koosy", R"(tier: "standard")", kJanuary10);
  Use("koosy", 1520, kJanuary10, "0.02736");
  Use("koosy", 1840, kJanuary10, "0.033");
  EXPECT_EQ(view_.All().usage(0).mismatched_claims(), 1u);
}

TEST_F(UsageView, KnowsTheTiersThatABookMustPrice) {
  Register("koosy", R"(tier: "premium")", kJanuary10);
  Register("gone", R"(tier: "standard")", kJanuary10);
  feeder_.Feed("cell-gone", "gone", testing::Text<decision::v1::CellEvent>("cell_retired {}"),
               kJanuary10 + 1);
  v1::PriceBookApplied book;
  EXPECT_EQ(view_.TiersWithoutPrice(book), std::set<std::string>{"premium"});
  book.add_tiers()->set_tier("premium");
  EXPECT_TRUE(view_.TiersWithoutPrice(book).empty());
}

}  // namespace
}  // namespace hq::billing
