// W6: reading everything from the beginning, the systems taking turns.
#pragma once

#include "tests/bench/workloads/bench.hpp"

namespace hq::bench {

Status MeasureCatchUp(Bench& bench);

}  // namespace hq::bench
