// W9: killed under load, and how soon it takes the first append again; whether an acknowledged
// event is missing then.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

Status MeasureRecovery(Bench& bench);

}  // namespace hq::bench
