// Issues and their comments. A pull request is an issue too, and is found here by its number.
#pragma once

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// POST /repos/{owner}/{repo}/issues
Answer CreateIssue(Call& call);
// GET /repos/{owner}/{repo}/issues?state=&labels=
Answer ListIssues(Call& call);
// GET /repos/{owner}/{repo}/issues/{number}
Answer GetIssue(Call& call);
// PATCH /repos/{owner}/{repo}/issues/{number}
Answer UpdateIssue(Call& call);
// POST /repos/{owner}/{repo}/issues/{number}/comments
Answer CreateComment(Call& call);
// GET /repos/{owner}/{repo}/issues/{number}/comments
Answer ListComments(Call& call);

// The issue or pull request that the path names. kNotFound.
Result<state::Issue*> FindIssue(Call& call);

// Gives `issue` the next number, the caller as author and the time; the caller of this saves.
state::Issue& AddIssue(Call& call, state::Issue issue);

}  // namespace hq::forge::rest
