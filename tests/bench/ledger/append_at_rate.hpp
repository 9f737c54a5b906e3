// Appends to the ledger at a fixed rate. The time at which an event is due is its occurred_at.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "tests/bench/harness/open_loop.hpp"

namespace hq::bench {

// Returns how many events were appended, after all answers. Any refusal fails it.
Result<std::uint64_t> AppendAtRate(const std::string& address, const std::string& token,
                                   const std::string& stream, const OpenLoop& loop);

}  // namespace hq::bench
