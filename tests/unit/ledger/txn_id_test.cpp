#include "services/ledger/core/txn_id.hpp"

#include <gtest/gtest.h>

namespace hq::ledger {
namespace {

TEST(TxnIdTest, HasAtLeastThreeDigits) {
  EXPECT_EQ(FormatTxnId({"20260118", 3}), "TXN-20260118-003");
  EXPECT_EQ(FormatTxnId({"20260118", 999}), "TXN-20260118-999");
  EXPECT_EQ(FormatTxnId({"20260118", 1'000}), "TXN-20260118-1000");
}

TEST(TxnIdTest, ReadsOnlyWhatItWrites) {
  for (const TxnId& id : {TxnId{"20260118", 1}, TxnId{"20260118", 123'456}})
    EXPECT_EQ(ParseTxnId(FormatTxnId(id)), id);
  for (const char* text :
       {"", "TXN", "TXN-20260118-", "TXN-20260118-01", "TXN-20260118-000", "TXN-20260118-0001",
        "TXN-2026011-001", "txn-20260118-001", "TXN-20260118-001 ", "TXN-20260118-1x1",
        "TXN-20260118-99999999999999999999"})
    EXPECT_FALSE(ParseTxnId(text).has_value()) << text;
}

TEST(TxnIdTest, CountsFromOneEachDay) {
  TxnId id = NextTxnId({}, "20260118");
  EXPECT_EQ(id, (TxnId{"20260118", 1}));
  id = NextTxnId(id, "20260118");
  EXPECT_EQ(id, (TxnId{"20260118", 2}));
  id = NextTxnId(id, "20260119");
  EXPECT_EQ(id, (TxnId{"20260119", 1}));
}

TEST(TxnIdTest, NeverGoesBackWithTheClock) {
  EXPECT_EQ(NextTxnId({"20260119", 7}, "20260118"), (TxnId{"20260119", 8}));
}

}  // namespace
}  // namespace hq::ledger
