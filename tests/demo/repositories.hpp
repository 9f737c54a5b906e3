// The cells' bare repositories, looked at by Git itself: what is really there, whoever says what.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/local/house/house.hpp"

namespace hq::demo {

class Repositories {
 public:
  // `house` outlives it.
  explicit Repositories(const house::House& house) : house_(house) {}

  // `git ARGUMENTS` in a repository's folder: what it printed, without the last line's end. `name`
  // is a cell, or "hq". kInternal if Git fails.
  Result<std::string> Git(const std::string& name, const std::vector<std::string>& arguments) const;

  // The commit at the head of the default branch.
  std::string HeadOf(const std::string& name) const;
  std::string TreeOf(const std::string& name) const;
  // A file at the head; empty if there is none.
  std::string FileOf(const std::string& name, const std::string& path) const;
  // Whether the commit is in the default branch's history.
  bool Has(const std::string& name, const std::string& commit) const;
  // How many commits since `commit` have that text in their subject.
  int CountSince(const std::string& name, const std::string& commit, const std::string& text) const;

  // Commits a file to the HQ repository, as a person of headquarters would: on top of the ref
  // `from`, to the branch `to`.
  Status CommitToHq(const std::string& from, const std::string& to, const std::string& path,
                    const std::string& content) const;

 private:
  const house::House& house_;
};

}  // namespace hq::demo
