// How many messages a streaming publisher has on their way, whatever the system.
#pragma once

#include <cstddef>

namespace hq::bench {

inline constexpr std::size_t kStreamWindow = 256;

}  // namespace hq::bench
