// Who may have a stream open: never too many in all, never too many by one caller.
#include "common/grpc/places.hpp"

#include <gtest/gtest.h>

namespace hq::rpc {
namespace {

void ExpectFull(Places& places, const std::string& principal) {
  const Status refused = places.Enter(principal).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "TOO_MANY_STREAMS");
  EXPECT_FALSE(AdviceOf(refused).next_step.empty());
}

TEST(Places, OneCallerHasHalfOfThem) {
  Places places(5);
  auto first = places.Enter("ann");
  const auto second = places.Enter("ann");
  const auto third = places.Enter("ann");
  ASSERT_TRUE(first.ok() && second.ok() && third.ok());
  ExpectFull(places, "ann");
  EXPECT_EQ(places.taken(), 3U);
  EXPECT_TRUE(places.Enter("sync").ok());
  first->reset();
  EXPECT_TRUE(places.Enter("ann").ok());
}

TEST(Places, AreGivenBack) {
  Places places(2);
  auto anns = places.Enter("ann");
  const auto syncs = places.Enter("sync");
  ASSERT_TRUE(anns.ok() && syncs.ok());
  ExpectFull(places, "billing");
  anns->reset();
  EXPECT_EQ(places.taken(), 1U);
  EXPECT_TRUE(places.Enter("billing").ok());
  EXPECT_EQ(places.taken(), 1U) << "it was not kept";
}

TEST(Places, OnlyOneIsStillSomebodys) {
  Places places(1);
  const auto only = places.Enter("ann");
  ASSERT_TRUE(only.ok()) << only.status();
  ExpectFull(places, "ann");
  ExpectFull(places, "sync");
}

}  // namespace
}  // namespace hq::rpc
