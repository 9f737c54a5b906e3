// What a person reads about a merge: the three sides of a conflict, and the difference that a merge
// would make. Always valid UTF-8, always bounded.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/sync/adapters/tree_merge.hpp"

namespace hq::sync {

// Base, ours and theirs of every path; at most 1 MiB.
Result<std::string> ConflictText(const GitObjects& objects,
                                 const std::vector<PathConflict>& conflicts);

struct TreeDifference {
  std::uint32_t changed_paths = 0;
  std::string text;  // Unified; cut at 64 KiB.
};

Result<TreeDifference> DifferenceOf(const GitObjects& objects, const git_tree* before,
                                    const git_tree* after);

}  // namespace hq::sync
