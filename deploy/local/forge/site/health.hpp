// A site's health, computed from the tree that is served: every local link of index.html, and of
// the pages that can be reached from it, must resolve. There is no switch.
#pragma once

#include <string>
#include <vector>

#include "deploy/local/forge/git/repository.hpp"

namespace hq::forge::site {

struct Health {
  std::vector<std::string> missing;  // Paths that do not resolve, sorted.
  std::string release;               // From hq-release.json; empty if it names none.
};

Result<Health> Examine(const git::Repository& git, const std::string& commit);

// The file that a path stands for: itself, or the index.html of a folder. Empty if there is none.
// `files` is sorted.
std::string FileAt(const std::vector<std::string>& files, const std::string& path);

}  // namespace hq::forge::site
