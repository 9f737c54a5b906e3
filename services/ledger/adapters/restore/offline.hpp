// hq-ledger as a tool, while no ledger runs on the data: `hq-ledger repair …`, `hq-ledger restore
// …`, `hq-ledger drill …`.
#pragma once

namespace hq::ledger {

// What the command line asks for. Results go to stdout, messages to stderr. Returns the exit code:
// 0 done, 1 failed, 2 wrong usage or refused input.
int RunOffline(int count, const char* const* arguments);

}  // namespace hq::ledger
