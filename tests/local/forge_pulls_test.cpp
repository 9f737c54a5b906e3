// Pull requests at the forge, from the first refusal to the merge.
#include <fstream>
#include <set>

#include "tests/local/forge_fixture.hpp"

namespace hq::testing {
namespace {

using nlohmann::json;

class ForgePulls : public ForgeTest {};

json FirstError(const RestAnswer& answer) { return answer.json["errors"][0]; }

TEST_F(ForgePulls, AnswersErrorsAsGitHubDoes) {
  EXPECT_EQ(AskHttp("GET", forge_->url() + "/user").json["message"], "Bad credentials");
  EXPECT_EQ(AskHttp("GET", forge_->url() + "/user", "", {"Authorization: token nonsense"}).status,
            401);
  EXPECT_EQ(
      AskHttp("GET", forge_->url() + "/user", "", {"Authorization: token hq-token"}).json["login"],
      "hq-os[bot]");
  EXPECT_EQ(Ask("GET", "/nowhere").status, 404);
  EXPECT_EQ(Ask("GET", "/repos/dtslib/nobody").json["message"], "Not Found");
  EXPECT_EQ(Ask("GET", "/repos/..%2f..%2fetc/passwd").status, 404);
  const RestAnswer broken = AskHttp("POST", forge_->url() + "/repos/dtslib/koosy/pulls", "{oops",
                                    {"Authorization: Bearer hq-token"});
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.json["message"], "Problems parsing JSON");
}

TEST_F(ForgePulls, RefusesWhatCannotBeAPullRequest) {
  PushTopic("hq/one", "index.html", "<p>one</p>");
  EXPECT_EQ(Ask("POST", "pulls", {{"title", "t"}, {"head", "hq/one"}}).status, 422);
  const json no_title = {{"head", "hq/one"}, {"base", "main"}};
  EXPECT_EQ(FirstError(Ask("POST", "pulls", no_title))["code"], "missing_field");
  const json no_head = {{"title", "t"}, {"head", "hq/none"}, {"base", "main"}};
  EXPECT_EQ(FirstError(Ask("POST", "pulls", no_head))["field"], "head");
  const json nothing_new = {{"title", "t"}, {"head", "main"}, {"base", "main"}};
  EXPECT_EQ(FirstError(Ask("POST", "pulls", nothing_new))["message"],
            "No commits between main and main");
  const json wrong_type = {{"title", 5}, {"head", "hq/one"}, {"base", "main"}};
  EXPECT_EQ(Ask("POST", "pulls", wrong_type).status, 422);

  EXPECT_EQ(Open("hq/one"), 1);
  const json again = {{"title", "t"}, {"head", "dtslib:hq/one"}, {"base", "main"}};
  const RestAnswer twice = Ask("POST", "pulls", again);
  EXPECT_EQ(twice.status, 422);
  EXPECT_EQ(FirstError(twice)["message"], "A pull request already exists for dtslib:hq/one.");
  EXPECT_EQ(Ask("GET", "pulls?state=all&head=dtslib:hq/one").json.size(), 1u);
  EXPECT_EQ(Ask("GET", "pulls?state=all&head=dtslib:hq/two").json.size(), 0u);
}

TEST_F(ForgePulls, MergesWhenTheCheckHasPassedAndOnlyTheHeadThatWasSeen) {
  RestartWith("HQ_FORGE_CHECK_DELAY_MS", "3600000");
  PushTopic("hq/one", "data/news.json", "{}");
  const json created =
      Ask("POST", "pulls", {{"title", "One"}, {"head", "hq/one"}, {"base", "main"}}).json;
  const std::string head = created["head"]["sha"];
  EXPECT_TRUE(created["mergeable"].is_null());
  const RestAnswer early = Ask("PUT", "pulls/1/merge", {{"sha", head}});
  EXPECT_EQ(early.status, 405);
  EXPECT_EQ(early.json["message"], "Required status check \"site\" is in progress.");
  RestartWith("HQ_FORGE_CHECK_DELAY_MS", "1");
  ASSERT_TRUE(Until([this] { return MergeableState(1) == "clean"; }));
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", std::string(40, '0')}}).status, 409);

  const RestAnswer merged = Ask("PUT", "pulls/1/merge", {{"sha", head}});
  ASSERT_EQ(merged.status, 200) << merged.text;
  const std::string merge_commit = merged.json["sha"];
  EXPECT_EQ(MustShell("git -C " + Koosy() + " rev-parse main"), merge_commit);
  EXPECT_EQ(MustShell("git -C " + Koosy() + " rev-parse main^2"), head);
  const json pull = Ask("GET", "pulls/1").json;
  EXPECT_EQ(pull["merged"], true);
  EXPECT_EQ(pull["state"], "closed");
  EXPECT_EQ(pull["merge_commit_sha"], merge_commit);
  EXPECT_EQ(pull["merged_by"]["login"], "hq-os[bot]");
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", head}}).status, 405);
  EXPECT_EQ(Ask("PATCH", "pulls/1", {{"state", "open"}}).status, 422);
  EXPECT_EQ(Ask("DELETE", "git/refs/heads/hq/one").status, 204);
  EXPECT_EQ(Ask("DELETE", "git/refs/heads/main").status, 422);
}

TEST_F(ForgePulls, RefusesToMergeAgainstAFailedGateOrCheck) {
  PushTopic("hq/one", "data/news.json", "{");
  const std::int64_t number = Open("hq/one");
  const std::string bad = HeadOf(number);
  const auto conclusion = [this](const std::string& sha) {
    const json runs = Ask("GET", "commits/" + sha + "/check-runs").json["check_runs"];
    return runs.empty() ? json() : runs[0]["conclusion"];
  };
  ASSERT_TRUE(Until([&] { return conclusion(bad) == "failure"; }));
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", bad}}).status, 405);

  PushTopic("hq/one", "data/news.json", "{}");
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", bad}}).status, 409);
  const std::string good = HeadOf(number);
  ASSERT_TRUE(Until([&] { return conclusion(good) == "success"; }));
  const std::string statuses = "statuses/" + good;
  ASSERT_EQ(Ask("POST", statuses, {{"state", "failure"}, {"context", "hq/gate"}}).status, 201);
  EXPECT_EQ(Ask("GET", "commits/" + good + "/status").json["state"], "failure");
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", good}}).status, 405);
  EXPECT_EQ(MergeableState(number), "blocked");
  ASSERT_EQ(Ask("POST", statuses, {{"state", "success"}, {"context", "hq/gate"}}).status, 201);
  EXPECT_EQ(Ask("GET", "commits/" + good + "/status").json["state"], "success");
  EXPECT_EQ(Ask("POST", statuses, {{"state", "splendid"}}).status, 422);
  EXPECT_EQ(Ask("PUT", "pulls/1/merge", {{"sha", good}, {"merge_method", "squash"}}).status, 200);
  EXPECT_EQ(MustShell("git -C " + Koosy() + " rev-list --count --min-parents=2 main"), "0");
}

TEST_F(ForgePulls, RefusesToMergeAConflict) {
  PushTopic("hq/one", "index.html", "<p>HQ</p>");
  const std::int64_t number = Open("hq/one");
  ASSERT_TRUE(Until([&] { return MergeableState(number) == "clean"; }));
  PushAsOwner("index.html", "<p>ours</p>");
  ASSERT_TRUE(Until([&] { return MergeableState(number) == "dirty"; }));
  const RestAnswer refused = Ask("PUT", "pulls/1/merge", {{"sha", HeadOf(number)}});
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(refused.json["message"], "Pull Request is not mergeable");
  EXPECT_EQ(Ask("PATCH", "pulls/1", {{"state", "closed"}}).json["state"], "closed");
  EXPECT_EQ(Ask("PATCH", "pulls/1", {{"state", "open"}}).json["state"], "open");
  EXPECT_EQ(Ask("DELETE", "git/refs/heads/hq/one").status, 204);
  EXPECT_EQ(Ask("GET", "pulls/1").json["state"], "closed");
}

TEST_F(ForgePulls, IssuesAndPullsShareNumbersLabelsAndComments) {
  PushTopic("hq/one", "data/news.json", "{}");
  EXPECT_EQ(Open("hq/one"), 1);
  const json issue = {{"title", "Conflict"}, {"labels", {"conflict"}}};
  EXPECT_EQ(Ask("POST", "issues", issue).json["number"], 2);
  EXPECT_EQ(Ask("GET", "pulls/2").status, 404);
  EXPECT_EQ(Ask("POST", "labels", {{"name", "conflict"}}).status, 422);
  EXPECT_EQ(Ask("POST", "issues/1/labels", {{"labels", {"a/b", "hq:halted"}}}).json.size(), 2u);
  EXPECT_EQ(Ask("DELETE", "issues/1/labels/a%2Fb").status, 200);
  EXPECT_EQ(Ask("DELETE", "issues/1/labels/a%2Fb").status, 404);
  EXPECT_EQ(Ask("GET", "pulls/1").json["labels"][0]["name"], "hq:halted");
  const json conflicts = Ask("GET", "issues?labels=conflict").json;
  ASSERT_EQ(conflicts.size(), 1u);
  EXPECT_EQ(conflicts[0]["number"], 2);
  EXPECT_EQ(Ask("POST", "issues/2/comments", {{"body", "안녕"}}).status, 201);
  EXPECT_EQ(Ask("GET", "issues/2/comments").json[0]["body"], "안녕");
  const RestAnswer page = Ask("GET", "issues?state=all&per_page=1");
  EXPECT_EQ(page.json.size(), 1u);
  EXPECT_NE(page.headers.at("link").find("page=2>; rel=\"next\""), std::string::npos);
}

TEST_F(ForgePulls, EveryPullRequestIsInTheRequestLogBeforeItsAnswer) {
  PushTopic("hq/one", "data/news.json", "{}");
  Open("hq/one");
  forge_->Kill();
  std::ifstream log(folder_ / "requests.jsonl");
  json created;
  for (std::string line; std::getline(log, line);) {
    const json entry = json::parse(line);
    if (entry["method"] == "POST" && entry["path"] == "/repos/dtslib/koosy/pulls") created = entry;
  }
  EXPECT_EQ(created["status"], 201);
  EXPECT_EQ(created["number"], 1);
  EXPECT_EQ(created["head"], "hq/one");
  EXPECT_EQ(created["base"], "main");
  EXPECT_EQ(created["principal"], "hq-os[bot]");
}

TEST_F(ForgePulls, InjectedFailuresComeBeforeAndAfterTheWork) {
  RestartWith("HQ_FORGE_FAIL_EVERY", "2");
  std::vector<int> statuses;
  for (int i = 0; i < 4; ++i)
    statuses.push_back(Ask("POST", "issues", {{"title", std::to_string(i)}}).status);
  EXPECT_EQ(statuses, (std::vector<int>{201, 502, 201, 502}));
  std::set<std::string> titles;
  for (const auto& issue : Ask("GET", "issues").json) titles.insert(issue["title"]);
  EXPECT_EQ(titles, (std::set<std::string>{"0", "2", "3"}));
}

}  // namespace
}  // namespace hq::testing
