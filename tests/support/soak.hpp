// How long a random test goes on: a few rounds in ./dev test, very many in ./dev soak. A suite that
// asks here has "Soak" at the end of its name; by that ./dev soak finds it.
#pragma once

#include <cstdlib>

namespace hq::testing {

inline bool IsSoak() { return std::getenv("HQ_SOAK") != nullptr; }

// HQ_SOAK_ROUNDS overrides what a soak would do, for shorter and longer ones.
inline int Rounds(int in_test, int in_soak) {
  if (!IsSoak()) return in_test;
  const char* given = std::getenv("HQ_SOAK_ROUNDS");
  return given ? std::atoi(given) : in_soak;
}

}  // namespace hq::testing
