// How long a random test goes on: a few rounds in ./dev test, very many in ./dev soak. A suite that
// asks here has "Soak" at the end of its name; by that ./dev soak finds it.
#pragma once

#include <algorithm>
#include <cstdlib>

namespace hq::testing {

inline bool IsSoak() { return std::getenv("HQ_SOAK") != nullptr; }

// HQ_SOAK_PART=N makes it an N-th of a soak's rounds.
inline int Rounds(int in_test, int in_soak) {
  if (!IsSoak()) return in_test;
  const char* part = std::getenv("HQ_SOAK_PART");
  return std::max(1, part ? in_soak / std::max(1, std::atoi(part)) : in_soak);
}

}  // namespace hq::testing
