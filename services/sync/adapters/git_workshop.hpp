// The Workshop on one bare repository: objects come and go by the git program, merges are computed
// in memory by libgit2. Cells' refs live below refs/cells/, HQ's below refs/headquarters/; nothing
// is ever checked out, and objects are never collected.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "services/sync/adapters/git_objects.hpp"
#include "services/sync/adapters/git_remote.hpp"
#include "services/sync/adapters/tree_merge.hpp"
#include "services/sync/ports.hpp"

namespace hq::sync {

// Thread-safe. Faults of the store itself are kInternal, beside what the port names.
class GitWorkshop final : public Workshop {
 public:
  struct Settings {
    std::string folder;        // Made if it is not there.
    std::string hq_repo;       // As ResolveRepo reads it.
    std::string git_base_url;  // e.g. "https://github.com"
    std::string token;
    std::chrono::milliseconds deadline{30'000};  // Of each fetch, look-up and push.
  };

  // kInvalidArgument if hq_repo is no repository; kInternal if the folder cannot be used.
  static Result<std::unique_ptr<GitWorkshop>> Open(const Settings& settings);

  // `ref`: empty, a tag, a branch, or a whole commit name that HQ's refs reach.
  Result<std::string> FetchHq(const std::string& ref) override;
  Result<std::string> FetchCell(const std::string& branch, const std::string& repo) override;
  // kFailedPrecondition, naming the path, for what cannot be released: no site, a file that is not
  // plain, a .json that is none. kInvalidArgument for a manifest that cannot be read.
  Result<ReleaseTree> ReadRelease(const std::string& hq_commit) override;
  Status PinRelease(const std::string& release_id, const std::string& hq_commit) override;
  Result<std::string> ReleaseOf(const std::string& commit) override;
  Result<std::string> TreeOf(const std::string& commit) override;

  Result<MergeReport> MergeRelease(const std::string& base_tree, const std::string& cell_head,
                                   const std::string& release_tree, const std::string& release_id,
                                   const Manifest& manifest) override;
  Result<MergeReport> MergeRevert(const std::string& tree_after, const std::string& cell_head,
                                  const std::string& tree_before) override;
  Result<std::string> Commit(const std::string& tree, const std::string& parent,
                             const std::string& message, TimePoint when) override;
  Result<std::string> RemoteBranch(const std::string& repo, const std::string& branch) override;
  Status Push(const std::string& repo, const std::string& topic_branch, const std::string& commit,
              const std::string& expected_old) override;

 private:
  GitWorkshop(const Settings& settings, std::string hq_url);

  Result<std::string> CloneUrl(const std::string& repo) const;
  // One fetch at a time per remote: two would fight for the same refs.
  std::mutex& FetchMutex(const std::string& remote);

  GitLibrary library_;
  const Settings settings_;
  const std::string hq_url_;
  const GitRemote remote_;
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<std::mutex>> fetch_mutexes_;  // Guarded by mutex_.
};

}  // namespace hq::sync
