#include "services/sync/adapters/git_workshop.hpp"

#include <nlohmann/json.hpp>

#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "services/sync/adapters/manifest_file.hpp"
#include "services/sync/adapters/merge_text.hpp"
#include "services/sync/adapters/release_file.hpp"

namespace hq::sync {
namespace {

constexpr char kSiteFolder[] = "site";
constexpr char kManifestName[] = "hq-manifest.json";
constexpr char kHqRefs[] = "refs/headquarters/";
constexpr std::size_t kReleaseFileBytesMax = std::size_t{32} << 20;
constexpr std::size_t kSmallFileBytesMax = std::size_t{1} << 20;

using GitReference = GitOwned<git_reference, git_reference_free>;
using GitReferenceWalk = GitOwned<git_reference_iterator, git_reference_iterator_free>;

// The commit that a local ref stands for.
Result<git_oid> CommitAt(const GitObjects& objects, const std::string& ref) {
  git_reference* found = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_reference_lookup(&found, objects.raw(), ref.c_str()), ref));
  const GitReference reference(found);
  git_object* peeled = nullptr;
  HQ_RETURN_IF_ERROR(
      GitStatus(git_reference_peel(&peeled, reference.get(), GIT_OBJECT_COMMIT), ref));
  const git_oid oid = *git_object_id(peeled);
  git_object_free(peeled);
  return oid;
}

// Objects of cells share the store: a commit is HQ's only if HQ's refs reach it.
Result<bool> IsReachedByHq(const GitObjects& objects, const git_oid& commit) {
  git_reference_iterator* made = nullptr;
  const std::string pattern = std::string(kHqRefs) + "*";
  HQ_RETURN_IF_ERROR(
      GitStatus(git_reference_iterator_glob_new(&made, objects.raw(), pattern.c_str()), "refs"));
  const GitReferenceWalk walk(made);
  const char* name = nullptr;
  while (git_reference_next_name(&name, walk.get()) == 0) {
    const auto tip = CommitAt(objects, name);
    if (!tip.ok()) continue;  // A tag on something that is no commit.
    const bool is_reached = git_oid_equal(&*tip, &commit) != 0 ||
                            git_graph_descendant_of(objects.raw(), &*tip, &commit) == 1;
    if (is_reached) return true;
  }
  return false;
}

Result<std::string> CommitOfHq(const GitObjects& objects, const std::string& ref) {
  if (ref.empty()) {
    HQ_ASSIGN_OR_RETURN(const git_oid head, CommitAt(objects, std::string(kHqRefs) + "HEAD"));
    return GitName(head);
  }
  for (const char* kind : {"tags/", "heads/"}) {
    const std::string name = kHqRefs + std::string(kind) + ref;
    int is_name = 0;
    if (git_reference_name_is_valid(&is_name, name.c_str()) != 0 || is_name != 1) continue;
    const auto commit = CommitAt(objects, name);
    if (commit.ok()) return GitName(*commit);
  }
  if (IsObjectName(ref)) {
    HQ_ASSIGN_OR_RETURN(const git_oid commit, ParseGitName(ref));
    HQ_ASSIGN_OR_RETURN(const bool is_hqs, IsReachedByHq(objects, commit));
    if (is_hqs) return ref;
  }
  return Refusal(absl::StatusCode::kNotFound, "the HQ repository has no such commit",
                 "NO_SUCH_COMMIT", "Name a tag, a branch or a whole commit name that is pushed.");
}

Result<ReleaseEntry> EntryOf(const GitObjects& objects, const std::string& path,
                             const GitFile& file) {
  HQ_ASSIGN_OR_RETURN(const std::string content, objects.ReadBlob(file.blob, kReleaseFileBytesMax));
  if (path.ends_with(".json") && !nlohmann::json::accept(content))
    return absl::FailedPreconditionError(path + ": is not JSON");
  return ReleaseEntry{path, file.mode, Sha256(content)};
}

Result<MergeReport> ReportOf(const GitObjects& objects, const git_tree* ours,
                             const MergedTree& merged) {
  MergeReport report;
  for (const auto& conflict : merged.conflicts)
    report.conflicts.push_back(ValidUtf8(conflict.path, kSmallFileBytesMax));
  if (!merged.tree) {
    HQ_ASSIGN_OR_RETURN(report.conflict_text, ConflictText(objects, merged.conflicts));
    return report;
  }
  report.tree = GitName(merged.tree.get());
  report.is_unchanged = report.tree == GitName(ours);
  HQ_ASSIGN_OR_RETURN(const auto difference, DifferenceOf(objects, ours, merged.tree.get()));
  report.changed_paths = difference.changed_paths;
  report.diff = difference.text;
  return report;
}

}  // namespace

GitWorkshop::GitWorkshop(const Settings& settings, std::string hq_url)
    : settings_(settings),
      hq_url_(std::move(hq_url)),
      remote_({settings.folder, settings.git_base_url, settings.token, settings.deadline}) {}

Result<std::unique_ptr<GitWorkshop>> GitWorkshop::Open(const Settings& settings) {
  HQ_ASSIGN_OR_RETURN(const Repo hq, ResolveRepo(settings.hq_repo, settings.git_base_url));
  auto workshop = std::unique_ptr<GitWorkshop>(new GitWorkshop(settings, hq.clone_url));
  HQ_RETURN_IF_ERROR(GitObjects::MakeRepository(settings.folder));
  return workshop;
}

Result<std::string> GitWorkshop::FetchHq(const std::string& ref) {
  const std::lock_guard lock(FetchMutex(kHqRefs));
  const std::string refs = kHqRefs;
  HQ_RETURN_IF_ERROR(
      remote_.Fetch(hq_url_, {"+HEAD:" + refs + "HEAD", "+refs/heads/*:" + refs + "heads/*",
                              "+refs/tags/*:" + refs + "tags/*"}));
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  return CommitOfHq(objects, ref);
}

Result<std::string> GitWorkshop::FetchCell(const std::string& branch, const std::string& repo) {
  if (!IsCellId(branch)) return absl::InvalidArgumentError("no cell's id");
  HQ_ASSIGN_OR_RETURN(const std::string url, CloneUrl(repo));
  const std::string ref = "refs/cells/" + branch + "/HEAD";
  const std::lock_guard lock(FetchMutex(ref));
  HQ_RETURN_IF_ERROR(remote_.Fetch(url, {"+HEAD:" + ref}));
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  HQ_ASSIGN_OR_RETURN(const git_oid head, CommitAt(objects, ref));
  return GitName(head);
}

Result<ReleaseTree> GitWorkshop::ReadRelease(const std::string& hq_commit) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  HQ_ASSIGN_OR_RETURN(const GitTree root, objects.FindTree(hq_commit));
  HQ_ASSIGN_OR_RETURN(const GitTree site, objects.SubTree(root.get(), kSiteFolder));
  if (!site) return absl::FailedPreconditionError("the commit has no folder site/");
  ReleaseTree release;
  const auto manifest = objects.ReadFile(site.get(), kManifestName, kSmallFileBytesMax);
  if (!manifest.ok())
    return absl::FailedPreconditionError("site/hq-manifest.json is missing or too large");
  release.manifest_bytes = *manifest;
  HQ_ASSIGN_OR_RETURN(release.manifest, ParseManifest("site/hq-manifest.json", *manifest));
  HQ_ASSIGN_OR_RETURN(const GitTree without, objects.Without(site.get(), kManifestName));
  HQ_ASSIGN_OR_RETURN(const GitTree tree, objects.Without(without.get(), kReleaseFileName));
  release.tree = GitName(tree.get());
  HQ_ASSIGN_OR_RETURN(const GitFiles files, objects.ListFiles(tree.get(), /*plain_only=*/true));
  if (files.empty()) return absl::FailedPreconditionError("site/ is empty");
  for (const auto& [path, file] : files) {
    HQ_ASSIGN_OR_RETURN(auto entry, EntryOf(objects, path, file));
    release.entries.push_back(std::move(entry));
  }
  return release;
}

Status GitWorkshop::PinRelease(const std::string& release_id, const std::string& hq_commit) {
  const std::string ref = "refs/tags/hq/release/" + release_id;
  int is_name = 0;
  if (git_reference_name_is_valid(&is_name, ref.c_str()) != 0 || is_name != 1)
    return absl::InvalidArgumentError("no release's id");
  HQ_ASSIGN_OR_RETURN(const git_oid commit, ParseGitName(hq_commit));
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  git_reference* made = nullptr;
  const int code =
      git_reference_create(&made, objects.raw(), ref.c_str(), &commit, /*force=*/0, "release");
  git_reference_free(made);
  // Pinned before, by this commit or another one with the same content.
  if (code == GIT_EEXISTS) return absl::OkStatus();
  return GitStatus(code, "pin");
}

Result<std::string> GitWorkshop::ReleaseOf(const std::string& commit) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  HQ_ASSIGN_OR_RETURN(const GitTree tree, objects.FindTree(commit));
  const auto content = objects.ReadFile(tree.get(), kReleaseFileName, kSmallFileBytesMax);
  // What the cell made of it that is no release file names no release.
  return content.ok() ? ReleaseIn(*content) : std::string();
}

Result<std::string> GitWorkshop::TreeOf(const std::string& commit) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  HQ_ASSIGN_OR_RETURN(const GitTree tree, objects.FindTree(commit));
  return GitName(tree.get());
}

Result<MergeReport> GitWorkshop::MergeRelease(const std::string& base_tree,
                                              const std::string& cell_head,
                                              const std::string& release_tree,
                                              const std::string& release_id,
                                              const Manifest& manifest) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  HQ_ASSIGN_OR_RETURN(const GitTree cell, objects.FindTree(cell_head));
  HQ_ASSIGN_OR_RETURN(const GitTree base,
                      base_tree.empty() ? objects.WriteTree({}) : objects.FindTree(base_tree));
  HQ_ASSIGN_OR_RETURN(const GitTree release, objects.FindTree(release_tree));
  // hq-release.json names the release; it is no part of it.
  ThreeTrees trees;
  HQ_ASSIGN_OR_RETURN(trees.base, objects.Without(base.get(), kReleaseFileName));
  HQ_ASSIGN_OR_RETURN(trees.ours, objects.Without(cell.get(), kReleaseFileName));
  HQ_ASSIGN_OR_RETURN(trees.theirs, objects.Without(release.get(), kReleaseFileName));
  HQ_ASSIGN_OR_RETURN(MergedTree merged, MergeOwnedTrees(objects, trees, manifest));
  if (!merged.tree) return ReportOf(objects, cell.get(), merged);
  HQ_ASSIGN_OR_RETURN(const std::string carried, ReleaseOf(cell_head));
  const bool has_it_all =
      carried == release_id && GitName(merged.tree.get()) == GitName(trees.ours.get());
  HQ_ASSIGN_OR_RETURN(merged.tree, has_it_all ? objects.FindTree(*git_tree_id(cell.get()))
                                              : objects.With(merged.tree.get(), kReleaseFileName,
                                                             ReleaseFileFor(release_id)));
  return ReportOf(objects, cell.get(), merged);
}

Result<MergeReport> GitWorkshop::MergeRevert(const std::string& tree_after,
                                             const std::string& cell_head,
                                             const std::string& tree_before) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  ThreeTrees trees;
  HQ_ASSIGN_OR_RETURN(trees.base, objects.FindTree(tree_after));
  HQ_ASSIGN_OR_RETURN(trees.ours, objects.FindTree(cell_head));
  HQ_ASSIGN_OR_RETURN(trees.theirs, objects.FindTree(tree_before));
  HQ_ASSIGN_OR_RETURN(const MergedTree merged, MergeTrees(objects, trees));
  return ReportOf(objects, trees.ours.get(), merged);
}

Result<std::string> GitWorkshop::Commit(const std::string& tree, const std::string& parent,
                                        const std::string& message, TimePoint when) {
  HQ_ASSIGN_OR_RETURN(const GitObjects objects, GitObjects::Open(settings_.folder));
  return objects.WriteCommit(tree, parent, message, when);
}

Result<std::string> GitWorkshop::RemoteBranch(const std::string& repo, const std::string& branch) {
  HQ_ASSIGN_OR_RETURN(const std::string url, CloneUrl(repo));
  return remote_.LookUp(url, "refs/heads/" + branch);
}

Status GitWorkshop::Push(const std::string& repo, const std::string& topic_branch,
                         const std::string& commit, const std::string& expected_old) {
  HQ_ASSIGN_OR_RETURN(const std::string url, CloneUrl(repo));
  return remote_.Push(url, topic_branch, commit, expected_old);
}

Result<std::string> GitWorkshop::CloneUrl(const std::string& repo) const {
  HQ_ASSIGN_OR_RETURN(const Repo resolved, ResolveRepo(repo, settings_.git_base_url));
  return resolved.clone_url;
}

std::mutex& GitWorkshop::FetchMutex(const std::string& remote) {
  const std::lock_guard lock(mutex_);
  auto& mutex = fetch_mutexes_[remote];
  if (!mutex) mutex = std::make_unique<std::mutex>();
  return *mutex;
}

}  // namespace hq::sync
