// health-check.json: what is read can be applied, and applied again it changes nothing.
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/plan_promises.hpp"

namespace hq::fuzz {

bool HealthCheckFile(std::string_view bytes) {
  return CheckPlanFile("recovery/health-check.json", bytes);
}

}  // namespace hq::fuzz
