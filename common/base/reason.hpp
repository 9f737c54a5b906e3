// Why a person, or a service in a person's place, did something: every command that needs a reason
// takes the same ones.
#pragma once

#include <cstddef>
#include <string_view>

#include "common/base/result.hpp"

namespace hq {

inline constexpr std::size_t kReasonBytesMax = 500;

// kInvalidArgument, reason REASON_NEEDED, unless it has 1 to 500 bytes.
Status CheckReason(std::string_view reason);

}  // namespace hq
