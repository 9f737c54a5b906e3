// Cells to be planned, and waves as a line of text each.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "services/sync/core/waves.hpp"

namespace hq::sync {

// Registered, neither locked nor in maintenance.
inline FleetCell Cell(const std::string& id, const std::string& tier) {
  return {.id = id, .tier = tier};
}

// Each wave as "name: cell cell"; fails the test if there is no plan.
inline std::vector<std::string> WavesOf(const Result<WavePlan>& planned) {
  EXPECT_TRUE(planned.ok()) << planned.status();
  std::vector<std::string> waves;
  if (!planned.ok()) return waves;
  for (const auto& wave : planned->waves) {
    std::string line = wave.name() + ":";
    for (const auto& cell : wave.cells()) line += " " + cell;
    waves.push_back(line);
  }
  return waves;
}

}  // namespace hq::sync
