#include "services/sync/adapters/github_json.hpp"

#include <algorithm>
#include <cctype>

#include "common/base/text.hpp"
#include "services/sync/adapters/object_name.hpp"

namespace hq::sync {
namespace {

using nlohmann::json;

constexpr char kOwnContexts[] = "hq/";

Checks StateOfStatus(const std::string& state) {
  if (state == "success") return Checks::kPassed;
  return state == "pending" ? Checks::kPending : Checks::kFailed;
}

Checks StateOfRun(const json& run) {
  if (TextAt(run, {"status"}) != "completed") return Checks::kPending;
  const std::string conclusion = TextAt(run, {"conclusion"});
  const bool is_good =
      conclusion == "success" || conclusion == "neutral" || conclusion == "skipped";
  return is_good ? Checks::kPassed : Checks::kFailed;
}

}  // namespace

const json& ValueAt(const json& value, std::initializer_list<const char*> place) {
  static const json absent(nullptr);
  const json* here = &value;
  for (const char* name : place) {
    if (!here->is_object()) return absent;
    const auto it = here->find(name);
    if (it == here->end()) return absent;
    here = &*it;
  }
  return *here;
}

std::string TextAt(const json& value, std::initializer_list<const char*> place) {
  const json& found = ValueAt(value, place);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::uint64_t NumberAt(const json& value, std::initializer_list<const char*> place) {
  const json& found = ValueAt(value, place);
  return found.is_number_unsigned() ? found.get<std::uint64_t>() : 0;
}

std::optional<bool> FlagAt(const json& value, std::initializer_list<const char*> place) {
  const json& found = ValueAt(value, place);
  return found.is_boolean() ? std::optional(found.get<bool>()) : std::nullopt;
}

std::string WordsIn(const json& answer) {
  constexpr std::size_t kWordsBytesMax = 300;
  std::string words = TextAt(answer, {"message"});
  for (const auto& error : ValueAt(answer, {"errors"})) {
    const std::string more =
        error.is_string() ? error.get<std::string>() : TextAt(error, {"message"});
    if (!more.empty()) words += (words.empty() ? "" : "; ") + more;
  }
  return ValidUtf8(words, kWordsBytesMax);
}

Result<PullRequest> PullRequestIn(const json& body) {
  PullRequest pull_request;
  pull_request.number = NumberAt(body, {"number"});
  pull_request.url = TextAt(body, {"html_url"});
  pull_request.head_commit = TextAt(body, {"head", "sha"});
  pull_request.head_branch = TextAt(body, {"head", "ref"});
  pull_request.is_open = TextAt(body, {"state"}) == "open";
  // A list has no `merged`, but the time of it.
  pull_request.is_merged = FlagAt(body, {"merged"}).value_or(!TextAt(body, {"merged_at"}).empty());
  if (pull_request.is_merged) pull_request.merge_commit = TextAt(body, {"merge_commit_sha"});
  pull_request.is_mergeable = FlagAt(body, {"mergeable"});
  const bool is_readable = pull_request.number != 0 && IsObjectName(pull_request.head_commit) &&
                           (!pull_request.is_merged || IsObjectName(pull_request.merge_commit));
  if (!is_readable) return absl::UnavailableError("the forge's answer is no pull request");
  return pull_request;
}

bool IsFromHere(const json& pull, const RepoName& repo, const std::string& head_branch) {
  const auto is_same = [](const std::string& left, const std::string& right) {
    return std::equal(
        left.begin(), left.end(), right.begin(), right.end(),
        [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
  };
  return TextAt(pull, {"head", "ref"}) == head_branch &&
         is_same(TextAt(pull, {"head", "repo", "full_name"}), repo.owner + "/" + repo.name);
}

Checks ChecksIn(const std::vector<json>& statuses, const std::vector<json>& runs) {
  std::vector<Checks> states;
  for (const json& status : statuses)
    if (!TextAt(status, {"context"}).starts_with(kOwnContexts))
      states.push_back(StateOfStatus(TextAt(status, {"state"})));
  for (const json& run : runs)
    if (!TextAt(run, {"name"}).starts_with(kOwnContexts)) states.push_back(StateOfRun(run));
  for (const Checks wanted : {Checks::kPending, Checks::kFailed})
    if (std::find(states.begin(), states.end(), wanted) != states.end()) return wanted;
  return Checks::kPassed;
}

Result<Forge::Issue> IssueIn(const json& body) {
  Forge::Issue issue{NumberAt(body, {"number"}), TextAt(body, {"html_url"})};
  if (issue.number == 0) return absl::UnavailableError("the forge's answer is no issue");
  return issue;
}

}  // namespace hq::sync
