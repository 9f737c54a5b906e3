// A watch window on one site: n probes, k bad ones are a failure. Each probe is a measurement; only
// the sum is a fact.
#pragma once

#include <string>

#include "services/sync/ports.hpp"
#include "services/sync/reactors/step_context.hpp"

namespace hq::sync {

struct HealthCount {
  std::uint32_t good = 0;
  std::uint32_t bad = 0;
  std::string detail;  // Of the last bad probe.
};

// Blocks for about probes x probe_interval.
HealthCount WatchSite(Prober& prober, const v1::PlannedCell& cell, const DriverSettings& settings);

}  // namespace hq::sync
