// What GitHub answers, as sync reads it: anything may be missing or of another kind.
#include "services/sync/adapters/github_json.hpp"

#include "common/base/check.hpp"
#include "services/sync/adapters/object_name.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {
namespace {

std::vector<nlohmann::json> ItemsIn(const nlohmann::json& body, const char* field) {
  const nlohmann::json& list = sync::ValueAt(body, {field});
  return list.is_array() ? list.get<std::vector<nlohmann::json>>() : std::vector<nlohmann::json>();
}

}  // namespace

bool GithubJson(std::string_view bytes) {
  const auto body = nlohmann::json::parse(bytes, nullptr, /*allow_exceptions=*/false);
  const std::string words = sync::WordsIn(body);
  HQ_CHECK(words.size() <= 300 && IsUtf8(words), "words are short and UTF-8");
  static_cast<void>(sync::IsFromHere(body, {"dtslib", "koosy"}, "hq/r-1"));
  const auto statuses = ItemsIn(body, "statuses");
  const auto runs = ItemsIn(body, "check_runs");
  const sync::Checks checks = sync::ChecksIn(statuses, runs);
  if (statuses.empty() && runs.empty())
    HQ_CHECK(checks == sync::Checks::kPassed, "without a check there is nothing to fail");
  const auto issue = sync::IssueIn(body);
  HQ_CHECK(issue.ok() ? issue->number > 0 : absl::IsUnavailable(issue.status()),
           "an issue has a number");
  const auto pull = sync::PullRequestIn(body);
  if (!pull.ok()) {
    HQ_CHECK(absl::IsUnavailable(pull.status()), "an answer that is none may come again");
    return issue.ok() || !statuses.empty() || !runs.empty();
  }
  HQ_CHECK(pull->number > 0 && sync::IsObjectName(pull->head_commit), "it has number and head");
  HQ_CHECK(pull->is_merged == !pull->merge_commit.empty(), "what is merged has a commit");
  return true;
}

}  // namespace hq::fuzz
