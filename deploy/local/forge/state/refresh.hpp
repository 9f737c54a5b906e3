// Brings a repository's state up to what Git says: pushes, deleted branches, and merges whose
// record a crash cut off. Runs at the start of every request to the repository.
#pragma once

#include <chrono>
#include <string>

#include "deploy/local/forge/git/repository.hpp"
#include "deploy/local/forge/state/repository_state.hpp"

namespace hq::forge::state {

// Returns whether anything changed.
Result<bool> Refresh(const git::Repository& repository, std::int64_t now_ms,
                     std::chrono::milliseconds deploy_delay, RepositoryState* state);

// The commit whose tree is the website now: the newest one that was seen `deploy_delay` ago, or the
// very first one. Empty if the default branch does not exist.
std::string ServedCommit(const RepositoryState& state, std::int64_t now_ms,
                         std::chrono::milliseconds deploy_delay);

// Records that the pull request was merged by `merge_commit`.
void MarkMerged(const std::string& merge_commit, const std::string& login, std::int64_t now_ms,
                Issue* issue);

void Close(std::int64_t now_ms, Issue* issue);

}  // namespace hq::forge::state
