// decision-engine.json (whitepaper §5, §12). Its stops are applied: `true` engages, `false` says
// nothing. Modes, fallback chain and escalation are checked, so that no chain can end without a
// person, and kept nowhere yet.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace hq::decision {

struct DecisionEngineFile {
  bool engages_kill_switch = false;
  std::vector<std::string> cells_into_maintenance;

  // kInvalidArgument naming `file` and the JSON path.
  static Result<DecisionEngineFile> Parse(std::string_view file, std::string_view text);
};

}  // namespace hq::decision
