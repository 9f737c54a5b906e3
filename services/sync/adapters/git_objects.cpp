#include "services/sync/adapters/git_objects.hpp"

#include <vector>

namespace hq::sync {
namespace {

constexpr std::size_t kFilesMax = 100'000;
constexpr char kAuthorName[] = "HQ OS";
constexpr char kAuthorEmail[] = "hq@dtslib.com";

using GitObject = GitOwned<git_object, git_object_free>;
using GitCommit = GitOwned<git_commit, git_commit_free>;
using GitTreeEntry = GitOwned<git_tree_entry, git_tree_entry_free>;
using GitSignature = GitOwned<git_signature, git_signature_free>;

struct FileWalk {
  GitFiles files;
  bool plain_only = false;
  Status fault;
};

int TakeEntry(const char* root, const git_tree_entry* entry, void* payload) {
  auto& walk = *static_cast<FileWalk*>(payload);
  const git_filemode_t mode = git_tree_entry_filemode(entry);
  if (mode == GIT_FILEMODE_TREE) return 0;
  const std::string path = std::string(root) + git_tree_entry_name(entry);
  const bool is_plain = mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
  if (walk.plain_only && !is_plain)
    walk.fault = absl::FailedPreconditionError(path + ": only plain files can be released");
  if (walk.files.size() >= kFilesMax)
    walk.fault = absl::ResourceExhaustedError("a tree has too many files");
  if (!walk.fault.ok()) return -1;
  walk.files[path] = {static_cast<std::uint32_t>(mode), *git_tree_entry_id(entry)};
  return 0;
}

Result<GitTree> UpdateTree(git_repository* repository, const git_tree* tree,
                           const git_tree_update& update) {
  git_oid oid;
  HQ_RETURN_IF_ERROR(GitStatus(
      git_tree_create_updated(&oid, repository, const_cast<git_tree*>(tree), 1, &update), "tree"));
  git_tree* updated = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_tree_lookup(&updated, repository, &oid), "tree"));
  return GitTree(updated);
}

}  // namespace

GitLibrary::GitLibrary() {
  git_libgit2_init();
  // The machine's own configuration must not change what a merge gives.
  for (const int level : {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL})
    git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
  // The workshop is named by our own settings; a volume may belong to another user.
  git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

GitLibrary::~GitLibrary() { git_libgit2_shutdown(); }

bool IsSameFile(const GitFile* left, const GitFile* right) {
  if (!left || !right) return left == right;
  return left->mode == right->mode && git_oid_equal(&left->blob, &right->blob) != 0;
}

const GitFile* FindFile(const GitFiles& files, const std::string& path) {
  const auto it = files.find(path);
  return it == files.end() ? nullptr : &it->second;
}

Status GitObjects::MakeRepository(const std::string& folder) {
  git_repository* made = nullptr;
  const int opened = git_repository_open_bare(&made, folder.c_str());
  if (opened == 0) {
    git_repository_free(made);
    return absl::OkStatus();
  }
  git_repository_init_options options = GIT_REPOSITORY_INIT_OPTIONS_INIT;
  options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
  options.initial_head = "main";
  HQ_RETURN_IF_ERROR(
      GitStatus(git_repository_init_ext(&made, folder.c_str(), &options), "workshop"));
  git_repository_free(made);
  return absl::OkStatus();
}

Result<GitObjects> GitObjects::Open(const std::string& folder) {
  git_repository* opened = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_repository_open_bare(&opened, folder.c_str()), "workshop"));
  return GitObjects(GitRepository(opened));
}

Result<GitTree> GitObjects::FindTree(const std::string& name) const {
  constexpr std::size_t kNameDigits = 40;
  const bool is_parent = name.ends_with("^1");
  HQ_RETURN_IF_ERROR(ParseGitName(name.substr(0, kNameDigits)).status());
  if (name.size() != kNameDigits + (is_parent ? 2 : 0))
    return absl::InvalidArgumentError("no object's name");
  git_object* found = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_revparse_single(&found, raw(), name.c_str()), name));
  const GitObject object(found);
  git_object* peeled = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_object_peel(&peeled, object.get(), GIT_OBJECT_TREE), name));
  return GitTree(reinterpret_cast<git_tree*>(peeled));
}

Result<GitTree> GitObjects::FindTree(const git_oid& oid) const {
  git_tree* tree = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_tree_lookup(&tree, raw(), &oid), "tree"));
  return GitTree(tree);
}

Result<GitTree> GitObjects::SubTree(const git_tree* tree, const std::string& path) const {
  git_tree_entry* found = nullptr;
  const int code = git_tree_entry_bypath(&found, tree, path.c_str());
  if (code == GIT_ENOTFOUND) return GitTree();
  HQ_RETURN_IF_ERROR(GitStatus(code, path));
  const GitTreeEntry entry(found);
  if (git_tree_entry_type(entry.get()) != GIT_OBJECT_TREE) return GitTree();
  return FindTree(*git_tree_entry_id(entry.get()));
}

Result<GitFiles> GitObjects::ListFiles(const git_tree* tree, bool plain_only) const {
  FileWalk walk;
  walk.plain_only = plain_only;
  const int code = git_tree_walk(tree, GIT_TREEWALK_PRE, TakeEntry, &walk);
  HQ_RETURN_IF_ERROR(walk.fault);
  HQ_RETURN_IF_ERROR(GitStatus(code, "tree"));
  return std::move(walk.files);
}

Result<std::string> GitObjects::ReadBlob(const git_oid& oid, std::size_t bytes_max) const {
  git_blob* found = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_blob_lookup(&found, raw(), &oid), "file"));
  const GitBlob blob(found);
  const auto size = static_cast<std::size_t>(git_blob_rawsize(blob.get()));
  if (size > bytes_max) return absl::ResourceExhaustedError("a file is too large");
  return std::string(static_cast<const char*>(git_blob_rawcontent(blob.get())), size);
}

Result<std::string> GitObjects::ReadFile(const git_tree* tree, const std::string& path,
                                         std::size_t bytes_max) const {
  git_tree_entry* found = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_tree_entry_bypath(&found, tree, path.c_str()), path));
  const GitTreeEntry entry(found);
  if (git_tree_entry_type(entry.get()) != GIT_OBJECT_BLOB)
    return absl::NotFoundError(path + " is no file");
  return ReadBlob(*git_tree_entry_id(entry.get()), bytes_max);
}

Result<GitTree> GitObjects::WriteTree(const GitFiles& files) const {
  git_index* made = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_index_new(&made), "tree"));
  const GitIndex index(made);
  for (const auto& [path, file] : files) {
    git_index_entry entry = {};
    entry.mode = file.mode;
    entry.id = file.blob;
    entry.path = path.c_str();
    HQ_RETURN_IF_ERROR(GitStatus(git_index_add(index.get(), &entry), path));
  }
  git_oid oid;
  HQ_RETURN_IF_ERROR(GitStatus(git_index_write_tree_to(&oid, index.get(), raw()), "tree"));
  return FindTree(oid);
}

Result<GitTree> GitObjects::Without(const git_tree* tree, const std::string& name) const {
  if (!git_tree_entry_byname(tree, name.c_str())) return FindTree(*git_tree_id(tree));
  git_tree_update update = {};
  update.action = GIT_TREE_UPDATE_REMOVE;
  update.path = name.c_str();
  return UpdateTree(raw(), tree, update);
}

Result<GitTree> GitObjects::With(const git_tree* tree, const std::string& name,
                                 const std::string& content) const {
  git_tree_update update = {};
  update.action = GIT_TREE_UPDATE_UPSERT;
  update.filemode = GIT_FILEMODE_BLOB;
  update.path = name.c_str();
  HQ_RETURN_IF_ERROR(GitStatus(
      git_blob_create_from_buffer(&update.id, raw(), content.data(), content.size()), name));
  return UpdateTree(raw(), tree, update);
}

Result<std::string> GitObjects::WriteCommit(const std::string& tree, const std::string& parent,
                                            const std::string& message, TimePoint when) const {
  HQ_ASSIGN_OR_RETURN(const git_oid tree_oid, ParseGitName(tree));
  HQ_ASSIGN_OR_RETURN(const git_oid parent_oid, ParseGitName(parent));
  HQ_ASSIGN_OR_RETURN(const GitTree found_tree, FindTree(tree_oid));
  git_commit* found_parent = nullptr;
  HQ_RETURN_IF_ERROR(GitStatus(git_commit_lookup(&found_parent, raw(), &parent_oid), "parent"));
  const GitCommit parent_commit(found_parent);
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
  git_signature* signed_by = nullptr;
  HQ_RETURN_IF_ERROR(
      GitStatus(git_signature_new(&signed_by, kAuthorName, kAuthorEmail, seconds, 0), "author"));
  const GitSignature signature(signed_by);
  const std::string text = message.ends_with('\n') ? message : message + "\n";
  const git_commit* parents[] = {parent_commit.get()};
  git_oid oid;
  HQ_RETURN_IF_ERROR(
      GitStatus(git_commit_create(&oid, raw(), nullptr, signature.get(), signature.get(), nullptr,
                                  text.c_str(), found_tree.get(), 1, parents),
                "commit"));
  return GitName(oid);
}

Status GitStatus(int code, const std::string& what) {
  if (code >= 0) return absl::OkStatus();
  const git_error* error = git_error_last();
  const std::string why = what + ": " + (error && error->message ? error->message : "failed");
  if (code == GIT_ENOTFOUND) return absl::NotFoundError(why);
  return absl::InternalError(why);
}

Result<git_oid> ParseGitName(const std::string& text) {
  git_oid oid;
  if (text.size() != GIT_OID_HEXSZ || git_oid_fromstr(&oid, text.c_str()) != 0)
    return absl::InvalidArgumentError("no object's name");
  return oid;
}

std::string GitName(const git_oid& oid) {
  std::string text(GIT_OID_HEXSZ, '0');
  git_oid_fmt(text.data(), &oid);
  return text;
}

std::string GitName(const git_tree* tree) { return GitName(*git_tree_id(tree)); }

}  // namespace hq::sync
