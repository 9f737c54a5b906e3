// The three-way merge of trees, in memory: nobody's file is overwritten silently, and what cannot
// be merged without a person is a conflict. Files are never matched by rename.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/sync/adapters/git_objects.hpp"
#include "services/sync/core/merge_report.hpp"

namespace hq::sync {

// A path that a person must look at, with its three sides; an absent one is empty.
struct PathConflict {
  std::string path;
  std::string why;
  std::optional<GitFile> base;
  std::optional<GitFile> ours;
  std::optional<GitFile> theirs;
};

struct ThreeTrees {
  GitTree base;
  GitTree ours;
  GitTree theirs;
};

struct MergedTree {
  GitTree tree;  // Null if there are conflicts.
  std::vector<PathConflict> conflicts;
};

// Merges, path by path and inside files, and looks at every file that comes out changed: one that
// holds conflict markers or is a .json that does not parse is a conflict too.
Result<MergedTree> MergeTrees(const GitObjects& objects, const ThreeTrees& trees);

// MergeTrees, after ownership is applied to what HQ wants: a `create_once` path is only added where
// the cell has none and never had it; a `hq_owned` path that the cell changed is a conflict.
Result<MergedTree> MergeOwnedTrees(const GitObjects& objects, const ThreeTrees& trees,
                                   const Manifest& manifest);

}  // namespace hq::sync
