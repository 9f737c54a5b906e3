// One bare repository on disk, opened for the length of one request: what is read from it is what
// Git holds now. Not for more than one thread at a time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "deploy/local/forge/git/owned.hpp"

namespace hq::forge::git {

class Repository {
 public:
  struct Comparison {
    std::size_t ahead = 0;
    std::size_t behind = 0;
    bool has_common_history = false;
  };

  // kNotFound if there is no repository at `path`.
  static Result<Repository> Open(const std::filesystem::path& path);

  // The branch that HEAD names, whether it exists or not.
  Result<std::string> DefaultBranch() const;
  // The commit at the branch's tip. kNotFound if there is no such branch.
  Result<std::string> BranchTip(const std::string& branch) const;
  // The branch's tip, or the commit itself if `ref` is a full commit id. kNotFound.
  Result<std::string> ResolveCommit(const std::string& ref) const;
  // kNotFound if there is no such branch.
  Status DeleteBranch(const std::string& branch);
  // Moves the branch; kAborted if it is not at `from`.
  Status MoveBranch(const std::string& branch, const std::string& from, const std::string& to);

  // How many commits `head` has that `base` has not, and the other way round.
  Result<Comparison> Compare(const std::string& base, const std::string& head) const;
  // Whether `commit` is `tip` or one of its ancestors.
  Result<bool> Contains(const std::string& tip, const std::string& commit) const;

  // The file's bytes. kNotFound if the commit's tree has no file at `path`.
  Result<std::string> ReadFile(const std::string& commit, const std::string& path) const;
  // The paths of all files, sorted.
  Result<std::vector<std::string>> ListFiles(const std::string& commit) const;
  // The commit's message as written.
  Result<std::string> Message(const std::string& commit) const;
  Result<std::string> TreeId(const std::string& commit) const;

  git_repository* raw() const { return repository_.get(); }
  Result<OwnedCommit> FindCommit(const std::string& commit) const;

 private:
  explicit Repository(OwnedRepository repository) : repository_(std::move(repository)) {}

  OwnedRepository repository_;
};

}  // namespace hq::forge::git
