// All of sync's views: the list that main() runs and that tests rebuild.
#pragma once

#include <vector>

#include "services/sync/views/fleet.hpp"
#include "services/sync/views/plans.hpp"
#include "services/sync/views/releases.hpp"
#include "services/sync/views/rollouts.hpp"

namespace hq::sync {

struct Views {
  explicit Views(rocks::Database& database)
      : cells(database), plans(database), releases(database), rollouts(database) {}

  std::vector<projection::View*> List() { return {&cells, &plans, &releases, &rollouts}; }

  Fleet cells;
  Plans plans;
  Releases releases;
  Rollouts rollouts;
};

}  // namespace hq::sync
