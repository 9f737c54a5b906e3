// The views that main() uses, in one place, so that a test can rebuild exactly those.
#pragma once

#include <vector>

#include "services/decision/views/attempts_in_flight.hpp"
#include "services/decision/views/cells.hpp"
#include "services/decision/views/policies.hpp"
#include "services/decision/views/releases_on_ledger.hpp"
#include "services/decision/views/rollouts_on_ledger.hpp"

namespace hq::decision {

struct AllViews {
  // `database` outlives the views.
  explicit AllViews(rocks::Database& database)
      : cells(database),
        policies(database),
        releases(database),
        rollouts(database),
        attempts(database) {}

  std::vector<projection::View*> List() {
    return {&cells, &policies, &releases, &rollouts, &attempts};
  }

  Cells cells;
  Policies policies;
  ReleasesOnLedger releases;
  RolloutsOnLedger rollouts;
  AttemptsInFlight attempts;
};

}  // namespace hq::decision
