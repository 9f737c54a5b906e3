// The resident memory of hq-ledger: while a subscriber does not read, and with very many records.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

Status MeasureMemory(Bench& bench);

}  // namespace hq::bench
