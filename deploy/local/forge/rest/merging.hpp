// Merging a pull request: a real merge, into a branch that must not have moved meanwhile, of the
// very head that the caller has seen.
#pragma once

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// PUT /repos/{owner}/{repo}/pulls/{number}/merge
Answer MergePull(Call& call);
// GET /repos/{owner}/{repo}/pulls/{number}/merge: 204 if it was merged, else 404.
Answer IsMerged(Call& call);

}  // namespace hq::forge::rest
