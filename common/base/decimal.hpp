// Exact decimal numbers for money: 128-bit integers of nano-units (10^-9). No floating point is
// ever used for money.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq {

__extension__ typedef __int128 Int128;  // Not in ISO C++; every compiler we use has it.

// A sum of money in nano-units of the price book's currency.
using Nanos = Int128;

// Reads "-12.5", "0.031", "3e-5": a JSON number's own digits. kInvalidArgument if it is not a
// number, is finer than a nano-unit or does not fit.
Result<Nanos> ParseNanos(std::string_view decimal);

// Shortest plain decimal, e.g. 27360000 -> "0.02736", 0 -> "0".
std::string FormatNanos(Nanos nanos);

// tokens x rate, where the rate is nano-units per 1 000 000 tokens. Rounded half away from zero to
// a whole nano-unit: the one place where a price is rounded.
Nanos PriceOf(std::int64_t tokens, std::int64_t rate_nanos_per_million);

}  // namespace hq
