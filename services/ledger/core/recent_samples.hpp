// The last 1 024 measurements of something, and how they spread. Pure.
#pragma once

#include <array>
#include <cstdint>

#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::ledger {

// Not thread-safe. Takes no memory beyond itself.
class RecentSamples {
 public:
  void Add(double sample);

  // Nothing but the count is set if there are none.
  v1::Spread Spread() const;

 private:
  std::array<double, 1'024> samples_{};
  std::uint64_t count_ = 0;  // Of all that were added; the next one goes to count_ % size.
};

}  // namespace hq::ledger
