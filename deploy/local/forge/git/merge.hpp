// Real merges in memory: the commit that a merge would make, without moving any branch.
#pragma once

#include <string>

#include "deploy/local/forge/git/repository.hpp"

namespace hq::forge::git {

enum class MergeMethod { kMerge, kSquash, kRebase };

struct MergeOrder {
  std::string base;  // Commit ids.
  std::string head;
  MergeMethod method = MergeMethod::kMerge;
  std::string message;
  std::string author;  // Login of whoever merges.
};

Result<bool> MergesCleanly(const Repository& repository, const std::string& base,
                           const std::string& head);

// Writes the commit (for kRebase: the commits) and returns the id that the base branch should move
// to. kFailedPrecondition on a conflict.
Result<std::string> CreateMerge(const Repository& repository, const MergeOrder& order);

}  // namespace hq::forge::git
