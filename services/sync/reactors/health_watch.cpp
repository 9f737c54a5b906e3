#include "services/sync/reactors/health_watch.hpp"

#include <thread>

#include "services/sync/reactors/forward_steps.hpp"

namespace hq::sync {

HealthCount WatchSite(Prober& prober, const v1::PlannedCell& cell, const DriverSettings& settings) {
  HealthCount count;
  for (std::uint32_t i = 0; i < settings.probes; ++i) {
    if (i > 0) std::this_thread::sleep_for(settings.probe_interval);
    const Probe probe = prober.ProbeSite(cell.domain(), RepoNameOf(cell));
    if (!probe.answered) continue;
    if (probe.is_healthy) {
      ++count.good;
    } else {
      ++count.bad;
      count.detail = probe.detail;
    }
  }
  return count;
}

}  // namespace hq::sync
