// Goal: whatever order the steps of committer, announcer and projection come in, and whatever disk
// and network do between and within them, nothing acknowledged is lost, nothing is there twice, and
// everything derived is what a plain model makes of it. Method: many short runs, each decided by
// one seed. One run again: HQ_TEST_SEED=… with the seed that the failure prints.
#include "tests/simulation/simulation.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string_view>

#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"

namespace hq::testing {
namespace {

constexpr int kRunsInTest = 500;
constexpr int kRunsInSoak = 100'000;
constexpr std::size_t kFailuresMax = 5;

std::atomic<std::uint64_t> running_seed{0};

void Say(std::string_view text) {
  if (write(STDERR_FILENO, text.data(), text.size()) < 0) return;  // There is nobody to tell.
}

// Where an assertion ends the process, RocksDB's own ones too, the run can still be had again.
extern "C" void SaySeed(int) {
  std::array<char, 24> digits;
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), running_seed.load()).ptr;
  Say("aborted in HQ_TEST_SEED=");
  Say({digits.data(), static_cast<std::size_t>(end - digits.data())});
  Say("\n");
}

void ExpectHolds(std::uint64_t seed, std::size_t& failures) {
  running_seed = seed;
  Simulation simulation(seed);
  const Journal& journal = simulation.Run();
  if (!journal.has_failed()) return;
  ++failures;
  std::string faults;
  for (const std::string& fault : journal.faults()) faults += "  " + fault + "\n";
  ADD_FAILURE() << "HQ_TEST_SEED=" << seed << " runs it again\n"
                << faults << "what happened before:\n"
                << journal.LastLines();
}

// A quarter each, so that they run beside each other and one that fails says so early. A given seed
// is run alone.
class SimulationSoak : public ::testing::TestWithParam<int> {
 protected:
  static void SetUpTestSuite() { std::signal(SIGABRT, SaySeed); }
};

TEST_P(SimulationSoak, HoldsUnderFaults) {
  std::size_t failures = 0;
  if (std::getenv("HQ_TEST_SEED")) return ExpectHolds(Seed(), failures);
  const std::uint64_t seed = Seed();
  for (int run = 0; run < Rounds(kRunsInTest, kRunsInSoak / 4) && failures < kFailuresMax; ++run)
    ExpectHolds(seed + static_cast<std::uint64_t>(run), failures);
}

INSTANTIATE_TEST_SUITE_P(Quarters, SimulationSoak, ::testing::Range(0, 4));

TEST(Simulation, ASeedIsOneRun) {
  const std::uint64_t seed = Seed();
  for (std::uint64_t run = seed; run < seed + 20; ++run) {
    Simulation one(run);
    Simulation other(run);
    const Journal& first = one.Run();
    const Journal& second = other.Run();
    EXPECT_EQ(first.hash(), second.hash()) << "seed " << run << "\n"
                                           << first.LastLines() << "and\n"
                                           << second.LastLines();
  }
}

TEST(Simulation, AnotherSeedIsAnotherRun) {
  const std::uint64_t seed = Seed();
  EXPECT_NE(Simulation(seed).Run().hash(), Simulation(seed + 1).Run().hash());
}

}  // namespace
}  // namespace hq::testing
