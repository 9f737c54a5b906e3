#include "deploy/local/forge/git/merge.hpp"

#include <vector>

namespace hq::forge::git {
namespace {

Status Conflict() { return absl::FailedPreconditionError("Pull Request is not mergeable"); }

Result<OwnedIndex> MergeIndex(const Repository& repository, const std::string& base,
                              const std::string& head) {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit ours, repository.FindCommit(base));
  HQ_ASSIGN_OR_RETURN(const OwnedCommit theirs, repository.FindCommit(head));
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  git_index* index = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(
      git_merge_commits(&index, repository.raw(), ours.get(), theirs.get(), &options), "merge"));
  return OwnedIndex(index);
}

Result<OwnedTree> WriteTree(const Repository& repository, git_index* index) {
  if (git_index_has_conflicts(index)) return Conflict();
  git_oid oid;
  HQ_RETURN_IF_ERROR(ToStatus(git_index_write_tree_to(&oid, index, repository.raw()), "tree"));
  git_tree* tree = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(git_tree_lookup(&tree, repository.raw(), &oid), "tree"));
  return OwnedTree(tree);
}

Result<OwnedSignature> Sign(const std::string& login) {
  git_signature* signature = nullptr;
  const std::string email = login + "@users.noreply.forge.localhost";
  HQ_RETURN_IF_ERROR(
      ToStatus(git_signature_now(&signature, login.c_str(), email.c_str()), "signature"));
  return OwnedSignature(signature);
}

Result<std::string> WriteCommit(const Repository& repository, const git_signature* author,
                                const git_signature* committer, const std::string& message,
                                const git_tree* tree, std::vector<const git_commit*> parents) {
  git_oid oid;
  HQ_RETURN_IF_ERROR(
      ToStatus(git_commit_create(&oid, repository.raw(), nullptr, author, committer, nullptr,
                                 message.c_str(), tree, parents.size(), parents.data()),
               "commit"));
  return ToText(oid);
}

// The commits of head that base has not, oldest first, without merges.
Result<std::vector<std::string>> CommitsToReplay(const Repository& repository,
                                                 const MergeOrder& order) {
  HQ_ASSIGN_OR_RETURN(const git_oid base, ToOid(order.base));
  HQ_ASSIGN_OR_RETURN(const git_oid head, ToOid(order.head));
  git_revwalk* raw_walk = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(git_revwalk_new(&raw_walk, repository.raw()), "walk"));
  const OwnedWalk walk(raw_walk);
  git_revwalk_sorting(walk.get(), GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE);
  HQ_RETURN_IF_ERROR(ToStatus(git_revwalk_push(walk.get(), &head), "walk"));
  HQ_RETURN_IF_ERROR(ToStatus(git_revwalk_hide(walk.get(), &base), "walk"));
  std::vector<std::string> commits;
  git_oid oid;
  while (git_revwalk_next(&oid, walk.get()) == 0) {
    HQ_ASSIGN_OR_RETURN(const OwnedCommit commit, repository.FindCommit(ToText(oid)));
    if (git_commit_parentcount(commit.get()) == 1) commits.push_back(ToText(oid));
  }
  return commits;
}

// `picked` again, on top of `onto`.
Result<std::string> Replay(const Repository& repository, const std::string& picked,
                           const std::string& onto, const git_signature* committer) {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit commit, repository.FindCommit(picked));
  HQ_ASSIGN_OR_RETURN(const OwnedCommit parent, repository.FindCommit(onto));
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  git_index* raw_index = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(
      git_cherrypick_commit(&raw_index, repository.raw(), commit.get(), parent.get(), 0, &options),
      "replay"));
  const OwnedIndex index(raw_index);
  HQ_ASSIGN_OR_RETURN(const OwnedTree tree, WriteTree(repository, index.get()));
  return WriteCommit(repository, git_commit_author(commit.get()), committer,
                     git_commit_message(commit.get()), tree.get(), {parent.get()});
}

}  // namespace

Result<bool> MergesCleanly(const Repository& repository, const std::string& base,
                           const std::string& head) {
  HQ_ASSIGN_OR_RETURN(const OwnedIndex index, MergeIndex(repository, base, head));
  return !git_index_has_conflicts(index.get());
}

Result<std::string> CreateMerge(const Repository& repository, const MergeOrder& order) {
  HQ_ASSIGN_OR_RETURN(const OwnedSignature signature, Sign(order.author));
  if (order.method == MergeMethod::kRebase) {
    HQ_ASSIGN_OR_RETURN(const auto commits, CommitsToReplay(repository, order));
    std::string tip = order.base;
    for (const auto& commit : commits) {
      HQ_ASSIGN_OR_RETURN(tip, Replay(repository, commit, tip, signature.get()));
    }
    return tip;
  }
  HQ_ASSIGN_OR_RETURN(const OwnedIndex index, MergeIndex(repository, order.base, order.head));
  HQ_ASSIGN_OR_RETURN(const OwnedTree tree, WriteTree(repository, index.get()));
  HQ_ASSIGN_OR_RETURN(const OwnedCommit base, repository.FindCommit(order.base));
  HQ_ASSIGN_OR_RETURN(const OwnedCommit head, repository.FindCommit(order.head));
  std::vector<const git_commit*> parents = {base.get()};
  if (order.method == MergeMethod::kMerge) parents.push_back(head.get());
  return WriteCommit(repository, signature.get(), signature.get(), order.message, tree.get(),
                     std::move(parents));
}

}  // namespace hq::forge::git
