// Changes bytes a little, as somebody with bad luck or bad intentions would: the poor man's
// libFuzzer, for a test that must take the same seconds everywhere.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace hq::fuzz {

// The same seed and the same corpus make the same bytes.
class Mutator {
 public:
  // `corpus` is not empty and outlives it.
  Mutator(std::uint64_t seed, const std::vector<std::string>& corpus)
      : random_(seed), corpus_(corpus) {}

  // One of the corpus with one to six changes.
  std::string Next();

 private:
  std::size_t Below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
  void Change(std::string& bytes);
  void InsertWord(std::string& bytes);

  std::mt19937_64 random_;
  const std::vector<std::string>& corpus_;
};

}  // namespace hq::fuzz
