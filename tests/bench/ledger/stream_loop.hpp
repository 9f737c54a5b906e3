// Closed loops over AppendStream: each client keeps a bidirectional call open, as a database's
// client keeps its session, and has one message on its way, or a window of them when it streams.
#pragma once

#include "tests/bench/ledger/append_loop.hpp"

namespace hq::bench {

// As RunAppends. Each client appends to a stream of its own, each message at its expected version.
Result<AppendResult> RunAppendStreams(const LedgerTarget& target, const AppendLoad& load,
                                      std::atomic<std::uint64_t>& acknowledged);

}  // namespace hq::bench
