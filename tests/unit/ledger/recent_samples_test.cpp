#include "services/ledger/core/recent_samples.hpp"

#include <gtest/gtest.h>

namespace hq::ledger {
namespace {

TEST(RecentSamples, TellHowTheySpread) {
  RecentSamples samples;
  EXPECT_EQ(samples.Spread().count(), 0u);
  samples.Add(7);
  EXPECT_EQ(samples.Spread().p50(), 7);
  EXPECT_EQ(samples.Spread().p99(), 7);
  for (int i = 1; i < 100; ++i) samples.Add(i < 50 ? 1 : 1'000 + i);
  const v1::Spread spread = samples.Spread();
  EXPECT_EQ(spread.count(), 100u);
  EXPECT_EQ(spread.p50(), 7) << "50 of 100 are 7 or less";
  EXPECT_EQ(spread.p99(), 1'098);
  EXPECT_EQ(spread.max(), 1'099);
}

TEST(RecentSamples, ForgetTheOldOnes) {
  RecentSamples samples;
  for (int i = 0; i < 1'000; ++i) samples.Add(1'000'000);
  for (int i = 1; i <= 1'024; ++i) samples.Add(i);
  EXPECT_EQ(samples.Spread().count(), 1'024u);
  EXPECT_EQ(samples.Spread().p50(), 512);
  EXPECT_EQ(samples.Spread().max(), 1'024);
}

}  // namespace
}  // namespace hq::ledger
