// What every refusal and every reader of a configuration file promises.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::fuzz {

// Whether it is UTF-8, as protobuf's strings must be.
bool IsUtf8(std::string_view text);

// A refusal says why in UTF-8 and not endlessly, by a stable reason, and what to do next.
void CheckRefusal(const Status& status);

// Besides that it is kInvalidArgument, and names the file and a path in it that begins with "$".
void CheckFileRefusal(const Status& status, std::string_view file);

}  // namespace hq::fuzz
