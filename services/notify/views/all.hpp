// The views that main() uses, in one place, so that a test can rebuild exactly those.
#pragma once

#include <vector>

#include "common/projection/view.hpp"
#include "services/notify/views/deliveries.hpp"

namespace hq::notify {

struct AllViews {
  explicit AllViews(rocks::Database& database) : deliveries(database) {}

  std::vector<projection::View*> List() { return {&deliveries}; }

  Deliveries deliveries;
};

}  // namespace hq::notify
