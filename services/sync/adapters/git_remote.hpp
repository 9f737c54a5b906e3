// Other people's repositories over Git's own transport: fetch, look, push. HQ's token goes to the
// forge's base URL and nowhere else, and only branches below refs/heads/hq/ are ever pushed.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "services/sync/adapters/git_process.hpp"
#include "services/sync/adapters/object_name.hpp"

namespace hq::sync {

// Every call is one child process under the deadline. Faults: kUnavailable (network, server, lock:
// try again), kPermissionDenied, kNotFound; their text names the kind of fault, not the token.
// Thread-safe; two calls that write the same local refs must not run at the same time.
class GitRemote {
 public:
  struct Settings {
    std::string folder;        // The bare workshop repository.
    std::string git_base_url;  // e.g. "https://github.com"
    std::string token;         // Empty: none is sent.
    std::chrono::milliseconds deadline{30'000};
  };

  explicit GitRemote(Settings settings);

  // Refspecs such as "+HEAD:refs/cells/koosy/HEAD".
  Status Fetch(const std::string& clone_url, const std::vector<std::string>& refspecs) const;

  // The object that a remote ref names, hexadecimal; empty if there is no such ref.
  Result<std::string> LookUp(const std::string& clone_url, const std::string& ref) const;

  // Sets refs/heads/{topic_branch} to the commit if the remote has `expected_old` there (empty:
  // nothing). OK also if it has the commit already. kInvalidArgument, before anything is started,
  // for a branch that is not below "hq/"; kFailedPrecondition if the remote has something else;
  // kDeadlineExceeded if it may or may not have been taken.
  Status Push(const std::string& clone_url, const std::string& topic_branch,
              const std::string& commit, const std::string& expected_old) const;

  // Takes away lock files that a killed git left below refs/, once nobody can hold them any more.
  void RemoveStaleLocks() const;

 private:
  Result<GitOutcome> Run(const std::vector<std::string>& arguments) const;

  Settings settings_;
  std::vector<std::string> environment_;
};

}  // namespace hq::sync
