// W1 single appends, W2 batches, W3 streaming: throughput and latency in closed loops, the systems
// taking turns in every round.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

// One event at an expected version; 1, 16, 64, 256 clients.
Status MeasureSingleAppends(Bench& bench);

// Batches of 16, 100, 1 000; 1, 4, 16 clients; and 64 clients with 16.
Status MeasureBatchedAppends(Bench& bench);

// One publisher with a window of messages of 1 and of 16 events on their way.
Status MeasureStreamingAppends(Bench& bench);

// How many groups the ledger commits in a second, beside how many appends of the same size the disk
// takes.
Status MeasureGroups(Bench& bench);

}  // namespace hq::bench
