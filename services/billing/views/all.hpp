// The views that main() uses, in one place, so that a test can rebuild exactly those.
#pragma once

#include <vector>

#include "services/billing/views/usage.hpp"

namespace hq::billing {

struct AllViews {
  // `database` outlives the views.
  explicit AllViews(rocks::Database& database) : usage(database) {}

  std::vector<projection::View*> List() { return {&usage}; }

  Usage usage;
};

}  // namespace hq::billing
