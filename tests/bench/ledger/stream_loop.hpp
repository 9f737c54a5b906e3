// A closed loop over AppendStream: one bidirectional call with a window of messages on their way.
#pragma once

#include "tests/bench/ledger/append_loop.hpp"

namespace hq::bench {

// As RunAppends; the load's clients mean nothing. All events go to one stream, each message at its
// expected version.
Result<AppendResult> RunAppendStream(const LedgerTarget& target, const AppendLoad& load,
                                     std::atomic<std::uint64_t>& acknowledged);

}  // namespace hq::bench
