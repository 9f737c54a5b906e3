// What a three-way merge found, and what a release is made of. Plain values without I/O.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace hq::sync {

// Who owns a path of a release.
enum class Ownership {
  kMerge,       // Both sides' edits are merged; a clash is a conflict.
  kHqOwned,     // HQ's version wins, unless the cell changed it: then it is a conflict.
  kCreateOnce,  // Given once; the cell's from then on.
};

struct ManifestRule {
  std::string pattern;  // As fnmatch(3) with FNM_PATHNAME off, e.g. "assets/*".
  Ownership ownership = Ownership::kMerge;
};

// The first rule that matches a path counts; a path that no rule matches is kMerge.
struct Manifest {
  std::vector<ManifestRule> rules;
};

struct ReleaseEntry {
  std::string path;
  std::uint32_t mode = 0;  // Git's, e.g. 0100644.
  std::string sha256;      // Of the content, 32 bytes.
};

struct ReleaseTree {
  std::string tree;  // Git tree of the site without the manifest, hexadecimal.
  std::vector<ReleaseEntry> entries;
  Manifest manifest;
  std::string manifest_bytes;
};

struct MergeReport {
  std::string tree;  // The merged Git tree, hexadecimal; empty if in conflict.
  std::vector<std::string> conflicts;
  std::string conflict_text;  // Base, ours, theirs per path, for people.
  bool is_unchanged = false;  // The cell already has all of it.
  std::uint32_t changed_paths = 0;
  std::string diff;  // Unified, cell head to merged tree, cut at 64 KiB.
};

}  // namespace hq::sync
