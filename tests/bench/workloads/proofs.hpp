// W10: inclusion and consistency proofs over gRPC in a large ledger, and how soon a group's root is
// published.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

// Goes on with what the ledger holds, if it is enough; otherwise fills it.
Status MeasureProofs(Bench& bench);

}  // namespace hq::bench
