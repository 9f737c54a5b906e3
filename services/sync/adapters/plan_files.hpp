// sync-plan.json, conflict-policy.json and health-check.json, read strictly.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::sync {

// By the last part of its path. kInvalidArgument naming the file and the JSON path; also for a file
// that is not sync's.
Result<v1::SyncPlanEvent> ParsePlanFile(std::string_view file, std::string_view text);

}  // namespace hq::sync
