// sync-plan.json: what is read can be applied, and applied again it changes nothing.
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/plan_promises.hpp"

namespace hq::fuzz {

bool SyncPlanFile(std::string_view bytes) { return CheckPlanFile("sync/sync-plan.json", bytes); }

}  // namespace hq::fuzz
