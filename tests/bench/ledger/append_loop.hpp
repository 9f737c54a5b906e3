// Closed loops of unary appends to the ledger: asynchronous calls on completion queues, requests
// put together from slices that are serialised once and shared by all calls.
#pragma once

#include <atomic>
#include <string>

#include "common/base/result.hpp"
#include "tests/bench/harness/meter.hpp"

namespace hq::bench {

struct LedgerTarget {
  std::string address;
  std::string token;
  std::string stream_prefix;  // Each client's stream is this and its number.
};

// Runs until the load is over and every call has come back. A refused call ends it.
Result<AppendResult> RunAppends(const LedgerTarget& target, const AppendLoad& load,
                                std::atomic<std::uint64_t>& acknowledged);

}  // namespace hq::bench
