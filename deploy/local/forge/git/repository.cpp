#include "deploy/local/forge/git/repository.hpp"

#include <algorithm>

namespace hq::forge::git {
namespace {

std::string BranchRef(const std::string& branch) { return "refs/heads/" + branch; }

Result<OwnedTree> TreeOf(const OwnedCommit& commit) {
  git_tree* tree = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(git_commit_tree(&tree, commit.get()), "tree"));
  return OwnedTree(tree);
}

int CollectFile(const char* root, const git_tree_entry* entry, void* payload) {
  if (git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
    auto* files = static_cast<std::vector<std::string>*>(payload);
    files->push_back(std::string(root) + git_tree_entry_name(entry));
  }
  return 0;
}

}  // namespace

Result<Repository> Repository::Open(const std::filesystem::path& path) {
  git_repository* repository = nullptr;
  const int code = git_repository_open_bare(&repository, path.c_str());
  if (code != 0) return absl::NotFoundError("no repository at " + path.string());
  return Repository(OwnedRepository(repository));
}

Result<std::string> Repository::DefaultBranch() const {
  git_reference* reference = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(git_reference_lookup(&reference, raw(), "HEAD"), "HEAD"));
  const OwnedReference head(reference);
  const char* target = git_reference_symbolic_target(head.get());
  const std::string name = target ? target : "";
  const std::string prefix = BranchRef("");
  if (!name.starts_with(prefix)) return absl::InternalError("HEAD does not name a branch");
  return name.substr(prefix.size());
}

Result<std::string> Repository::BranchTip(const std::string& branch) const {
  git_oid oid;
  const int code = git_reference_name_to_id(&oid, raw(), BranchRef(branch).c_str());
  if (code == GIT_EINVALIDSPEC) return absl::NotFoundError("no branch can be called " + branch);
  HQ_RETURN_IF_ERROR(ToStatus(code, "branch " + branch));
  return ToText(oid);
}

Result<std::string> Repository::ResolveCommit(const std::string& ref) const {
  if (auto tip = BranchTip(ref); tip.ok()) return tip;
  if (!ToOid(ref).ok()) return absl::NotFoundError("no commit " + ref);
  HQ_ASSIGN_OR_RETURN(const OwnedCommit commit, FindCommit(ref));
  return ref;
}

Status Repository::DeleteBranch(const std::string& branch) {
  git_reference* reference = nullptr;
  const int code = git_reference_lookup(&reference, raw(), BranchRef(branch).c_str());
  if (code == GIT_EINVALIDSPEC) return absl::NotFoundError("no branch can be called " + branch);
  HQ_RETURN_IF_ERROR(ToStatus(code, "branch " + branch));
  const OwnedReference found(reference);
  return ToStatus(git_reference_delete(found.get()), "delete branch " + branch);
}

Status Repository::MoveBranch(const std::string& branch, const std::string& from,
                              const std::string& to) {
  HQ_ASSIGN_OR_RETURN(const git_oid old_tip, ToOid(from));
  HQ_ASSIGN_OR_RETURN(const git_oid new_tip, ToOid(to));
  git_reference* reference = nullptr;
  const int code =
      git_reference_create_matching(&reference, raw(), BranchRef(branch).c_str(), &new_tip,
                                    /*force=*/1, &old_tip, "merge");
  const OwnedReference moved(reference);
  return ToStatus(code, "move branch " + branch);
}

Result<Repository::Comparison> Repository::Compare(const std::string& base,
                                                   const std::string& head) const {
  HQ_ASSIGN_OR_RETURN(const git_oid base_oid, ToOid(base));
  HQ_ASSIGN_OR_RETURN(const git_oid head_oid, ToOid(head));
  Comparison result;
  git_oid common;
  result.has_common_history = git_merge_base(&common, raw(), &base_oid, &head_oid) == 0;
  HQ_RETURN_IF_ERROR(
      ToStatus(git_graph_ahead_behind(&result.ahead, &result.behind, raw(), &head_oid, &base_oid),
               "compare"));
  return result;
}

Result<bool> Repository::Contains(const std::string& tip, const std::string& commit) const {
  if (tip == commit) return true;
  HQ_ASSIGN_OR_RETURN(const git_oid tip_oid, ToOid(tip));
  HQ_ASSIGN_OR_RETURN(const git_oid commit_oid, ToOid(commit));
  const int code = git_graph_descendant_of(raw(), &tip_oid, &commit_oid);
  if (code == GIT_ENOTFOUND) return false;  // The commit never arrived here.
  HQ_RETURN_IF_ERROR(ToStatus(code, "ancestry"));
  return code == 1;
}

Result<std::string> Repository::ReadFile(const std::string& commit, const std::string& path) const {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit found, FindCommit(commit));
  HQ_ASSIGN_OR_RETURN(const OwnedTree tree, TreeOf(found));
  git_tree_entry* raw_entry = nullptr;
  const int code = git_tree_entry_bypath(&raw_entry, tree.get(), path.c_str());
  const OwnedTreeEntry entry(raw_entry);
  if (code != 0 || git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB)
    return absl::NotFoundError("no file " + path);
  git_blob* raw_blob = nullptr;
  HQ_RETURN_IF_ERROR(
      ToStatus(git_blob_lookup(&raw_blob, raw(), git_tree_entry_id(entry.get())), path));
  const OwnedBlob blob(raw_blob);
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())),
                     static_cast<std::size_t>(git_blob_rawsize(blob.get())));
}

Result<std::vector<std::string>> Repository::ListFiles(const std::string& commit) const {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit found, FindCommit(commit));
  HQ_ASSIGN_OR_RETURN(const OwnedTree tree, TreeOf(found));
  std::vector<std::string> files;
  HQ_RETURN_IF_ERROR(
      ToStatus(git_tree_walk(tree.get(), GIT_TREEWALK_PRE, CollectFile, &files), "walk tree"));
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::string> Repository::Message(const std::string& commit) const {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit found, FindCommit(commit));
  return std::string(git_commit_message(found.get()));
}

Result<std::string> Repository::TreeId(const std::string& commit) const {
  HQ_ASSIGN_OR_RETURN(const OwnedCommit found, FindCommit(commit));
  return ToText(*git_commit_tree_id(found.get()));
}

Result<OwnedCommit> Repository::FindCommit(const std::string& commit) const {
  HQ_ASSIGN_OR_RETURN(const git_oid oid, ToOid(commit));
  git_commit* found = nullptr;
  HQ_RETURN_IF_ERROR(ToStatus(git_commit_lookup(&found, raw(), &oid), "commit " + commit));
  return OwnedCommit(found);
}

}  // namespace hq::forge::git
