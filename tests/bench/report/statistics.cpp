#include "tests/bench/report/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace hq::bench {

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  if (values.size() % 2 == 1) return values[middle];
  return (values[middle - 1] + values[middle]) / 2;
}

double Quantile(std::vector<double> values, double quantile) {
  if (values.empty()) return 0;
  const double exact = std::ceil(quantile * static_cast<double>(values.size()));
  const auto rank = std::clamp<std::size_t>(static_cast<std::size_t>(exact), 1, values.size());
  const auto wanted = values.begin() + static_cast<std::ptrdiff_t>(rank - 1);
  std::nth_element(values.begin(), wanted, values.end());
  return *wanted;
}

double Drift(double before, double after) {
  return before == 0 ? 0 : std::abs(after - before) / before;
}

}  // namespace hq::bench
