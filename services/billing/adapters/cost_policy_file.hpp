// cost-policy.json (whitepaper §9). Rates are read by their own digits, never as floating point.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "hq/billing/v1/events.pb.h"

namespace hq::billing {

// A book without number and time; tiers as the file has them. kInvalidArgument naming `file` and
// the JSON path.
Result<v1::PriceBookApplied> ParseCostPolicy(std::string_view file, std::string_view text);

}  // namespace hq::billing
