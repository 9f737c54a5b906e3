// branches.json in both shapes of the whitepaper: one cell (§3.1), or a file with `branches`,
// `hqVersion` and `migration` (§14). Read strictly; the first fault refuses the whole file.
#pragma once

#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "services/decision/core/apply_cell.hpp"

namespace hq::decision {

struct BranchesFile {
  std::vector<ApplyCell> cells;  // In the file's order; no id, repository or domain twice.

  // kInvalidArgument naming `file` and the JSON path.
  static Result<BranchesFile> Parse(std::string_view file, std::string_view text);
};

}  // namespace hq::decision
