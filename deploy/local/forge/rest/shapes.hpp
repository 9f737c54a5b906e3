// The JSON shapes of GitHub's REST API, as far as HQ reads them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "deploy/local/forge/rest/call.hpp"

namespace hq::forge::rest {

nlohmann::json UserShape(const Call& call, const std::string& login);
nlohmann::json RepositoryShape(const Call& call, const std::string& default_branch);
nlohmann::json LabelShape(const Call& call, const state::Label& label);
nlohmann::json CommentShape(const Call& call, std::int64_t issue, const state::Comment& comment);
nlohmann::json StatusShape(const Call& call, const std::string& sha,
                           const state::CommitStatus& status);
nlohmann::json IssueShape(const Call& call, const state::Issue& issue);

// As it stands in a list. A single pull request has more: see mergeability.hpp.
nlohmann::json PullShape(const Call& call, const state::Issue& issue);

// "http://host/repos/owner/name"
std::string RepositoryUrl(const Call& call);

}  // namespace hq::forge::rest
