// A wave's order in every shape, the orders that are refused, and random fleets.
#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <set>

#include "services/sync/core/waves.hpp"
#include "tests/support/scenario.hpp"
#include "tests/unit/sync/fleet.hpp"

namespace hq::sync {
namespace {

using ::testing::ElementsAre;

v1::SyncPlanApplied PlanWith(const std::string& order) {
  return testing::Text<v1::SyncPlanApplied>(
      R"(strategy: "canary" tiers: "canary" tiers: "standard" tiers: "incubation" )" + order);
}

const v1::SyncPlanApplied kFranchise = PlanWith(R"(order: "papafly" order: "koosy" order: "*")");

TEST(WaveOrder, HaveNoEmptyOnes) {
  const auto planned =
      PlanWaves(kFranchise, {Cell("papafly", "canary"), Cell("buddies", "incubation")});
  EXPECT_THAT(WavesOf(planned), ElementsAre("canary: papafly", "incubation: buddies"));
}

TEST(WaveOrder, InsideAWaveTheOrderGoesFirstThenTheRestById) {
  const std::vector<FleetCell> fleet{Cell("p", "canary"), Cell("d", "standard"),
                                     Cell("b", "standard"), Cell("c", "standard"),
                                     Cell("a", "standard")};
  const auto standard = [&](const std::string& order) {
    return WavesOf(PlanWaves(PlanWith(order), fleet)).at(1);
  };
  EXPECT_EQ(standard(""), "standard: a b c d");
  EXPECT_EQ(standard(R"(order: "c")"), "standard: c a b d");
  EXPECT_EQ(standard(R"(order: "c" order: "*" order: "a")"), "standard: c b d a");
  EXPECT_EQ(standard(R"(order: "*" order: "b" order: "a")"), "standard: c d b a");
  EXPECT_EQ(standard(R"(order: "gone" order: "d")"), "standard: d a b c");
}

TEST(WaveOrder, AnOrderMustNotPutAnotherCellBeforeACanary) {
  const std::vector<FleetCell> fleet{Cell("papafly", "canary"), Cell("second", "canary"),
                                     Cell("koosy", "standard")};
  const auto fault = [&](const std::string& order) { return FaultInOrder(PlanWith(order), fleet); };
  EXPECT_EQ(fault(""), "");
  EXPECT_EQ(fault(R"(order: "papafly" order: "koosy" order: "*")"), "");
  EXPECT_EQ(fault(R"(order: "koosy" order: "*")"), "");
  EXPECT_EQ(fault(R"(order: "second" order: "papafly" order: "koosy")"), "");
  EXPECT_EQ(fault(R"(order: "papafly" order: "koosy" order: "second")"),
            "puts koosy (standard) before the canary second");
  EXPECT_EQ(fault(R"(order: "*" order: "papafly")"),
            "puts koosy (standard) before the canary papafly");
  EXPECT_EQ(fault(R"(order: "*" order: "papafly" order: "koosy")"), "")
      << "there the rest is canaries only";
  EXPECT_EQ(fault(R"(order: "not-yet" order: "papafly")"), "")
      << "a cell that is not registered may come as anything";
}

// Every cell in exactly one place, canaries before all others, whatever the fleet and the order.
TEST(WaveOrder, PlaceEveryCellOnce) {
  const auto seed = std::random_device()();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  const std::vector<std::string> tiers{"canary", "standard", "incubation", "premium"};
  const auto below = [&](std::size_t count) { return random() % count; };
  for (int round = 0; round < 300; ++round) {
    std::vector<FleetCell> fleet{Cell("always", "canary")};
    for (std::size_t i = 0, size = below(30); i < size; ++i) {
      auto cell = Cell("cell-" + std::to_string(i), tiers[below(tiers.size())]);
      cell.is_locked = below(8) == 0;
      cell.is_in_maintenance = below(8) == 0;
      cell.is_stopped = below(8) == 0;
      fleet.push_back(cell);
    }
    auto plan = PlanWith("");
    for (std::size_t i = 0, size = below(10); i < size; ++i)
      plan.add_order(below(5) == 0 ? "*" : "cell-" + std::to_string(below(30)));
    std::shuffle(fleet.begin(), fleet.end(), random);

    const auto planned = PlanWaves(plan, fleet);
    ASSERT_TRUE(planned.ok()) << planned.status();
    std::multiset<std::string> placed;
    for (const auto& cell : planned->skipped) placed.insert(cell.branch());
    for (const auto& wave : planned->waves) {
      EXPECT_FALSE(wave.cells().empty());
      placed.insert(wave.cells().begin(), wave.cells().end());
    }
    std::multiset<std::string> all;
    for (const auto& cell : fleet) all.insert(cell.id);
    EXPECT_EQ(placed, all);
    EXPECT_EQ(planned->waves.front().name(), "canary");
  }
}

}  // namespace
}  // namespace hq::sync
