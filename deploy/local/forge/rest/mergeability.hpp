// Whether a pull request may be merged now, and the parts of its JSON that follow from it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

struct Mergeability {
  // GitHub's mergeable_state: unknown, dirty, draft, blocked or clean.
  std::string state = "unknown";
  // Why a merge would be refused with 405; empty if it would not.
  std::string refusal;
};

// `issue` is an open pull request.
Result<Mergeability> Examine(const Call& call, const state::Issue& issue);

// PullShape and what only a single pull request shows: mergeable, merged, merged_by, counts.
Result<nlohmann::json> FullPullShape(const Call& call, const state::Issue& issue);

}  // namespace hq::forge::rest
