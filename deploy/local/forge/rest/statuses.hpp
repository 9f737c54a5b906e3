// Commit statuses: verdicts that others put on a commit. Of one context the latest counts.
#pragma once

#include <string>
#include <vector>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// One status per context, the latest one, in the order of contexts.
std::vector<state::CommitStatus> LatestStatuses(const state::RepositoryState& state,
                                                const std::string& sha);

// POST /repos/{owner}/{repo}/statuses/{sha}
Answer CreateStatus(Call& call);
// GET /repos/{owner}/{repo}/commits/{ref}/status
Answer GetCombinedStatus(Call& call);
// GET /repos/{owner}/{repo}/commits/{ref}/statuses
Answer ListStatuses(Call& call);

}  // namespace hq::forge::rest
