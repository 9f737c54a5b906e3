// What GitHub's answers say, read out of their JSON without trusting any of it: what is missing or
// of another kind is absent, never a crash. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "services/sync/ports.hpp"

namespace hq::sync {

// The value at a place such as {"head", "sha"}; null if there is none.
const nlohmann::json& ValueAt(const nlohmann::json& value,
                              std::initializer_list<const char*> place);

// The text, number or truth at a place; empty, 0 or nothing if there is none of that kind.
std::string TextAt(const nlohmann::json& value, std::initializer_list<const char*> place);
std::uint64_t NumberAt(const nlohmann::json& value, std::initializer_list<const char*> place);
std::optional<bool> FlagAt(const nlohmann::json& value, std::initializer_list<const char*> place);

// `message` and every message in `errors`: UTF-8, 300 bytes at most.
std::string WordsIn(const nlohmann::json& answer);

// kUnavailable if it is no pull request with a number and whole commit names.
Result<PullRequest> PullRequestIn(const nlohmann::json& body);

// Whether a pull request's head is that branch of that repository, not a namesake from a fork.
bool IsFromHere(const nlohmann::json& pull, const RepoName& repo, const std::string& head_branch);

// Of a commit's statuses and check runs, but for HQ's own contexts (hq/…). Pending if any still
// runs, else failed if any failed; passed if there is none.
Checks ChecksIn(const std::vector<nlohmann::json>& statuses,
                const std::vector<nlohmann::json>& runs);

// kUnavailable if it has no number.
Result<Forge::Issue> IssueIn(const nlohmann::json& body);

}  // namespace hq::sync
