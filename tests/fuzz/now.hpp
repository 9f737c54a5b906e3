// When a fuzzer appends: one moment, so that the same bytes always do the same.
#pragma once

#include <cstdint>

namespace hq::fuzz {

inline constexpr std::int64_t kNowUs = 1'770'000'000'000'000;  // Microseconds since 1970, UTC.

}  // namespace hq::fuzz
