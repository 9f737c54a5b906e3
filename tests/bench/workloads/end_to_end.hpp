// W7: from the moment at which an event is due to the moment at which a subscriber has it, at a
// fixed rate: over NATS, over the ledger's own Subscribe, and JetStream's own publication beside.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

Status MeasureEndToEnd(Bench& bench);

}  // namespace hq::bench
