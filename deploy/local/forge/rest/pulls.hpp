// Pull requests: opened, listed, read, edited, closed. Two open ones never have the same head and
// base.
#pragma once

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// POST /repos/{owner}/{repo}/pulls
Answer CreatePull(Call& call);
// GET /repos/{owner}/{repo}/pulls?state=&head=&base=&direction=
Answer ListPulls(Call& call);
// GET /repos/{owner}/{repo}/pulls/{number}
Answer GetPull(Call& call);
// PATCH /repos/{owner}/{repo}/pulls/{number}
Answer UpdatePull(Call& call);

// The pull request that the path names. kNotFound if the number is not a pull request's.
Result<state::Issue*> FindPull(Call& call);

}  // namespace hq::forge::rest
