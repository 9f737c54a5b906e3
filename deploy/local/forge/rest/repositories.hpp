// The repository itself and its branches.
#pragma once

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// GET /repos/{owner}/{repo}
Answer GetRepository(Call& call);
// GET /repos/{owner}/{repo}/git/ref/heads/{branch}
Answer GetReference(Call& call);
// GET /repos/{owner}/{repo}/branches/{branch}
Answer GetBranch(Call& call);
// DELETE /repos/{owner}/{repo}/git/refs/heads/{branch}
Answer DeleteReference(Call& call);
// GET /user
Answer GetUser(Call& call);
// GET /rate_limit
Answer GetRateLimit(Call& call);

}  // namespace hq::forge::rest
