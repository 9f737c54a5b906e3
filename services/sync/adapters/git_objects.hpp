// The object store of a bare repository through libgit2: trees, files, commits, with owned handles
// and Status for faults. Nothing here touches a network or a work tree.
#pragma once

#include <git2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"

namespace hq::sync {

template <class T, void (*kFree)(T*)>
struct GitFree {
  void operator()(T* object) const { kFree(object); }
};
template <class T, void (*kFree)(T*)>
using GitOwned = std::unique_ptr<T, GitFree<T, kFree>>;

using GitRepository = GitOwned<git_repository, git_repository_free>;
using GitTree = GitOwned<git_tree, git_tree_free>;
using GitBlob = GitOwned<git_blob, git_blob_free>;
using GitIndex = GitOwned<git_index, git_index_free>;

// libgit2's start and end, and its independence of the machine's own Git configuration. One lives
// as long as anything that uses libgit2.
class GitLibrary {
 public:
  GitLibrary();
  ~GitLibrary();
  GitLibrary(const GitLibrary&) = delete;
  GitLibrary& operator=(const GitLibrary&) = delete;
};

// One file of a tree.
struct GitFile {
  std::uint32_t mode = 0;
  git_oid blob = {};
};
using GitFiles = std::map<std::string, GitFile>;  // By path.

bool IsSameFile(const GitFile* left, const GitFile* right);  // Null: absent.
const GitFile* FindFile(const GitFiles& files, const std::string& path);

// Not thread-safe: opened anew for each piece of work, which costs well under a millisecond.
class GitObjects {
 public:
  // Makes the bare repository if it is not there. kInternal.
  static Status MakeRepository(const std::string& folder);
  static Result<GitObjects> Open(const std::string& folder);

  git_repository* raw() const { return repository_.get(); }

  // The tree of a tree, of a commit, or of a commit's first parent ("{commit}^1"), all hexadecimal.
  // kInvalidArgument for another spelling, kNotFound if it is not in the store.
  Result<GitTree> FindTree(const std::string& name) const;
  Result<GitTree> FindTree(const git_oid& oid) const;
  // A tree below this one; null if there is none.
  Result<GitTree> SubTree(const git_tree* tree, const std::string& path) const;

  // Every file of the tree. kResourceExhausted for more than 100 000; kFailedPrecondition for a
  // submodule if `plain_only`, and for a symbolic link.
  Result<GitFiles> ListFiles(const git_tree* tree, bool plain_only) const;
  // kResourceExhausted for more than `bytes_max`.
  Result<std::string> ReadBlob(const git_oid& oid, std::size_t bytes_max) const;
  // kNotFound if there is no such file.
  Result<std::string> ReadFile(const git_tree* tree, const std::string& path,
                               std::size_t bytes_max) const;

  Result<GitTree> WriteTree(const GitFiles& files) const;
  // The same tree with an entry of its root taken out, or set to a file.
  Result<GitTree> Without(const git_tree* tree, const std::string& name) const;
  Result<GitTree> With(const git_tree* tree, const std::string& name,
                       const std::string& content) const;

  // A commit by HQ at `when`, in whole seconds UTC; the same arguments give the same name.
  Result<std::string> WriteCommit(const std::string& tree, const std::string& parent,
                                  const std::string& message, TimePoint when) const;

 private:
  explicit GitObjects(GitRepository repository) : repository_(std::move(repository)) {}

  GitRepository repository_;
};

// kNotFound for GIT_ENOTFOUND, else kInternal; the text is libgit2's own.
Status GitStatus(int code, const std::string& what);
Result<git_oid> ParseGitName(const std::string& text);
std::string GitName(const git_oid& oid);
std::string GitName(const git_tree* tree);

}  // namespace hq::sync
