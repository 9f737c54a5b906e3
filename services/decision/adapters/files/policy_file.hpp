// policy.json (whitepaper §6). Read strictly; what a policy must hold is Policy's to decide.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "hq/decision/v1/events.pb.h"

namespace hq::decision {

// kInvalidArgument naming `file` and the JSON path.
Result<v1::PolicyApplied> ParsePolicyFile(std::string_view file, std::string_view text);

}  // namespace hq::decision
