// Where a random test's luck comes from: HQ_TEST_SEED if it is set, else a new one each time.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

namespace hq::testing {

// Prints it, so that whoever sees the test fail can have the same run again.
inline std::uint64_t Seed() {
  const char* given = std::getenv("HQ_TEST_SEED");
  const std::uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::cout << "HQ_TEST_SEED=" << seed << "\n";
  return seed;
}

}  // namespace hq::testing
