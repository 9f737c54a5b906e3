// Owned<T>: a libgit2 object that is freed when it goes out of scope, and the translation of
// libgit2's return codes into Status.
#pragma once

#include <git2.h>

#include <memory>
#include <string>

#include "common/base/result.hpp"

namespace hq::forge::git {

template <class T, void (*kFree)(T*)>
struct FreeWith {
  void operator()(T* object) const { kFree(object); }
};
template <class T, void (*kFree)(T*)>
using Owned = std::unique_ptr<T, FreeWith<T, kFree>>;

using OwnedRepository = Owned<git_repository, git_repository_free>;
using OwnedCommit = Owned<git_commit, git_commit_free>;
using OwnedTree = Owned<git_tree, git_tree_free>;
using OwnedTreeEntry = Owned<git_tree_entry, git_tree_entry_free>;
using OwnedBlob = Owned<git_blob, git_blob_free>;
using OwnedIndex = Owned<git_index, git_index_free>;
using OwnedReference = Owned<git_reference, git_reference_free>;
using OwnedSignature = Owned<git_signature, git_signature_free>;
using OwnedWalk = Owned<git_revwalk, git_revwalk_free>;

// kNotFound for GIT_ENOTFOUND, kAborted where somebody else was faster, else kInternal.
Status ToStatus(int code, const std::string& what);

// kInvalidArgument if `text` is not 40 hex digits.
Result<git_oid> ToOid(const std::string& text);
std::string ToText(const git_oid& oid);

}  // namespace hq::forge::git
