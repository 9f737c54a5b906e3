#include "services/sync/adapters/tree_merge.hpp"

#include <nlohmann/json.hpp>
#include <set>

#include "services/sync/adapters/manifest_file.hpp"

namespace hq::sync {
namespace {

using ConflictWalk = GitOwned<git_index_conflict_iterator, git_index_conflict_iterator_free>;

std::optional<GitFile> SideOf(const git_index_entry* entry) {
  if (!entry) return std::nullopt;
  return GitFile{entry->mode, entry->id};
}

std::optional<GitFile> SideOf(const GitFiles& files, const std::string& path) {
  const GitFile* file = FindFile(files, path);
  return file ? std::optional(*file) : std::nullopt;
}

std::string ReasonOf(const PathConflict& conflict) {
  const bool is_one_sided = !conflict.ours || !conflict.theirs;
  if (is_one_sided && !conflict.base) return "a file stands where a folder must be";
  if (!conflict.ours && !conflict.theirs) return "both put something else in its place";
  if (!conflict.ours) return "the cell removed what HQ changed";
  if (!conflict.theirs) return "HQ removed what the cell changed";
  if (!conflict.base) return "both have it, and not the same";
  return "both changed the same place";
}

Result<std::vector<PathConflict>> ConflictsIn(git_index* index) {
  git_index_conflict_iterator* made = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_index_conflict_iterator_new(&made, index), "merge"));
  const ConflictWalk walk(made);
  std::vector<PathConflict> conflicts;
  const git_index_entry* base = nullptr;
  const git_index_entry* ours = nullptr;
  const git_index_entry* theirs = nullptr;
  int code = 0;
  while ((code = git_index_conflict_next(&base, &ours, &theirs, walk.get())) == 0) {
    PathConflict conflict;
    conflict.path = (base ? base : ours ? ours : theirs)->path;
    conflict.base = SideOf(base);
    conflict.ours = SideOf(ours);
    conflict.theirs = SideOf(theirs);
    conflict.why = ReasonOf(conflict);
    conflicts.push_back(std::move(conflict));
  }
  if (code != GIT_ITEROVER) HQ_RETURN_IF_ERROR(GitStatus(code, "merge"));
  return conflicts;
}

// All three kinds of line that a half-done merge leaves.
bool HasConflictMarkers(const std::string& content) {
  const auto has_line = [&content](const std::string& begin) {
    return content.starts_with(begin) || content.find("\n" + begin) != std::string::npos;
  };
  return has_line("<<<<<<< ") && has_line("=======") && has_line(">>>>>>> ");
}

// What is wrong with a file that a merge gave; empty if nothing.
Result<std::string> FaultOfFile(const GitObjects& objects, const std::string& path,
                                const GitFile& file) {
  constexpr std::size_t kLookedAtBytesMax = std::size_t{16} << 20;
  const bool is_plain = file.mode == GIT_FILEMODE_BLOB || file.mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  if (!is_plain) return std::string();
  HQ_ASSIGN_OR_RETURN(const std::string content, objects.ReadBlob(file.blob, kLookedAtBytesMax));
  if (HasConflictMarkers(content)) return std::string("holds conflict markers");
  if (path.ends_with(".json") && !nlohmann::json::accept(content))
    return std::string("is not JSON after the merge");
  return std::string();
}

Result<std::vector<PathConflict>> FaultsOf(const GitObjects& objects, const ThreeTrees& trees,
                                           const git_tree* merged) {
  HQ_ASSIGN_OR_RETURN(const GitFiles before, objects.ListFiles(trees.ours.get(), false));
  HQ_ASSIGN_OR_RETURN(const GitFiles after, objects.ListFiles(merged, false));
  std::vector<PathConflict> faults;
  for (const auto& [path, file] : after) {
    if (IsSameFile(FindFile(before, path), &file)) continue;
    HQ_ASSIGN_OR_RETURN(const std::string why, FaultOfFile(objects, path, file));
    if (why.empty()) continue;
    HQ_ASSIGN_OR_RETURN(const GitFiles base, objects.ListFiles(trees.base.get(), false));
    HQ_ASSIGN_OR_RETURN(const GitFiles theirs, objects.ListFiles(trees.theirs.get(), false));
    faults.push_back({path, why, SideOf(base, path), SideOf(before, path), SideOf(theirs, path)});
  }
  return faults;
}

struct OwnedPaths {
  GitFiles theirs;  // What HQ wants, after ownership.
  std::vector<PathConflict> conflicts;
};

void SetOrErase(GitFiles& files, const std::string& path, const GitFile* file) {
  if (file) {
    files[path] = *file;
  } else {
    files.erase(path);
  }
}

// Where ownership decides, HQ's side is set to the base, so that the merge leaves the cell's.
OwnedPaths ApplyOwnership(const GitFiles& base, const GitFiles& ours, const GitFiles& theirs,
                          const Manifest& manifest) {
  OwnedPaths owned{theirs, {}};
  std::set<std::string> managed;
  for (const auto& [path, file] : base) managed.insert(path);
  for (const auto& [path, file] : theirs) managed.insert(path);
  for (const auto& path : managed) {
    const GitFile* was = FindFile(base, path);
    const GitFile* is = FindFile(ours, path);
    const GitFile* wanted = FindFile(theirs, path);
    const Ownership owner = OwnerOf(manifest, path);
    if (owner == Ownership::kCreateOnce && (was || is)) SetOrErase(owned.theirs, path, was);
    const bool is_cells_own = !IsSameFile(is, was) && !IsSameFile(is, wanted);
    if (owner != Ownership::kHqOwned || !is_cells_own) continue;
    owned.conflicts.push_back({path, "the cell changed a file that HQ owns", SideOf(base, path),
                               SideOf(ours, path), SideOf(theirs, path)});
    SetOrErase(owned.theirs, path, was);
  }
  return owned;
}

}  // namespace

Result<MergedTree> MergeTrees(const GitObjects& objects, const ThreeTrees& trees) {
  git_merge_options options = GIT_MERGE_OPTIONS_INIT;
  options.flags = GIT_MERGE_SKIP_REUC;  // Without GIT_MERGE_FIND_RENAMES.
  git_index* made = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_merge_trees(&made, objects.raw(), trees.base.get(),
                                               trees.ours.get(), trees.theirs.get(), &options),
                               "merge"));
  const GitIndex index(made);
  MergedTree merged;
  HQ_ASSIGN_OR_RETURN(merged.conflicts, ConflictsIn(index.get()));
  if (!merged.conflicts.empty()) return merged;
  git_oid oid;
  HQ_RETURN_IF_ERROR(GitStatus(git_index_write_tree_to(&oid, index.get(), objects.raw()), "merge"));
  HQ_ASSIGN_OR_RETURN(merged.tree, objects.FindTree(oid));
  HQ_ASSIGN_OR_RETURN(merged.conflicts, FaultsOf(objects, trees, merged.tree.get()));
  if (!merged.conflicts.empty()) merged.tree.reset();
  return merged;
}

Result<MergedTree> MergeOwnedTrees(const GitObjects& objects, const ThreeTrees& trees,
                                   const Manifest& manifest) {
  HQ_ASSIGN_OR_RETURN(const GitFiles base, objects.ListFiles(trees.base.get(), false));
  HQ_ASSIGN_OR_RETURN(const GitFiles ours, objects.ListFiles(trees.ours.get(), false));
  HQ_ASSIGN_OR_RETURN(const GitFiles theirs, objects.ListFiles(trees.theirs.get(), false));
  OwnedPaths owned = ApplyOwnership(base, ours, theirs, manifest);
  ThreeTrees adjusted;
  HQ_ASSIGN_OR_RETURN(adjusted.base, objects.FindTree(*git_tree_id(trees.base.get())));
  HQ_ASSIGN_OR_RETURN(adjusted.ours, objects.FindTree(*git_tree_id(trees.ours.get())));
  HQ_ASSIGN_OR_RETURN(adjusted.theirs, objects.WriteTree(owned.theirs));
  HQ_ASSIGN_OR_RETURN(MergedTree merged, MergeTrees(objects, adjusted));
  if (owned.conflicts.empty()) return merged;
  merged.tree.reset();
  merged.conflicts.insert(merged.conflicts.end(), owned.conflicts.begin(), owned.conflicts.end());
  std::sort(merged.conflicts.begin(), merged.conflicts.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return merged;
}

}  // namespace hq::sync
