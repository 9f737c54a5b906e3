// Labels: of a repository, and on issues and pull requests. A label put on an issue exists in the
// repository from then on.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

// POST /repos/{owner}/{repo}/labels
Answer CreateLabel(Call& call);
// GET /repos/{owner}/{repo}/labels
Answer ListLabels(Call& call);
// POST /repos/{owner}/{repo}/issues/{number}/labels
Answer AddIssueLabels(Call& call);
// GET /repos/{owner}/{repo}/issues/{number}/labels
Answer ListIssueLabels(Call& call);
// DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}
Answer RemoveIssueLabel(Call& call);

// Reads ["a", "b"] or [{"name": "a"}]; of repeated names one. kInvalidArgument if it is neither.
Result<std::vector<std::string>> LabelNames(const nlohmann::json& list);

// Creates the labels that the repository does not have yet; the caller saves.
void EnsureLabels(Call& call, const std::vector<std::string>& names);

}  // namespace hq::forge::rest
