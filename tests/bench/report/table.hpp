// The benchmark's rows and marks as text for people. Pure.
#pragma once

#include <string>
#include <vector>

#include "tests/bench/report/marks.hpp"
#include "tests/bench/report/row.hpp"

namespace hq::bench {

// One line a row: workload, clients, batch, metric, system, durability class, value, unit, and how
// many times as large the ledger's value is. Columns are aligned; no trailing blanks.
std::string TableOf(const Board& board);

// One line a mark: what is asked, what was measured, met or not met.
std::string TableOf(const std::vector<Mark>& marks);

// A number as people read it: 4 significant digits, thousands apart: "1 234 000", "12.3", "0.71".
std::string Readable(double value);

}  // namespace hq::bench
