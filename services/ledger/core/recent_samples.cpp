#include "services/ledger/core/recent_samples.hpp"

#include <algorithm>
#include <vector>

namespace hq::ledger {

void RecentSamples::Add(double sample) {
  samples_[count_ % samples_.size()] = sample;
  ++count_;
}

v1::Spread RecentSamples::Spread() const {
  const auto kept = std::min<std::uint64_t>(count_, samples_.size());
  v1::Spread spread;
  spread.set_count(kept);
  if (kept == 0) return spread;
  std::vector<double> sorted(samples_.begin(),
                             samples_.begin() + static_cast<std::ptrdiff_t>(kept));
  std::sort(sorted.begin(), sorted.end());
  // The smallest sample that at least so many of a hundred do not exceed.
  const auto at = [&](std::uint64_t percent) { return sorted[(kept * percent + 99) / 100 - 1]; };
  spread.set_p50(at(50));
  spread.set_p99(at(99));
  spread.set_max(sorted.back());
  return spread;
}

}  // namespace hq::ledger
