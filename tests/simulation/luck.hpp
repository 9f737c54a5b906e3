// All chance of a simulated run: one seed, drawn from by everybody in turn.
#pragma once

#include <cstdint>
#include <random>

namespace hq::testing {

class Luck {
 public:
  explicit Luck(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Next() { return random_(); }
  std::size_t Below(std::size_t bound) { return random_() % bound; }
  bool OneIn(std::size_t times) { return Below(times) == 0; }

 private:
  std::mt19937_64 random_;
};

}  // namespace hq::testing
