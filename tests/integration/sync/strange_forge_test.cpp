// The Forge adapter before a server that answers whatever a test wants: no answer, however strange,
// is a crash or a wrong belief, and a wish to be left alone is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "deploy/local/http_server/server.hpp"
#include "services/sync/adapters/github_forge.hpp"

namespace hq::sync {
namespace {

using http_server::Response;

class StrangeForge : public ::testing::Test {
 protected:
  void SetUp() override {
    http_server::Server::Options options;
    options.listen = "127.0.0.1:0";
    auto server = http_server::Server::Listen(options, [this](const http_server::Request& request) {
      const std::lock_guard lock(mutex_);
      ++calls_;
      last_ = request;
      return answer_;
    });
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    GithubApi::Settings settings;
    settings.api_url = "http://127.0.0.1:" + std::to_string(server_->port());
    settings.token = "a-token";
    forge_ = std::make_unique<GithubForge>(settings, clock_);
  }

  void AnswerWith(Response response) {
    const std::lock_guard lock(mutex_);
    answer_ = std::move(response);
  }
  int calls() {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

  const RepoName repo_{"dtslib", "koosy"};
  const std::string commit_ = std::string(40, 'a');
  SystemClock clock_;
  std::mutex mutex_;
  Response answer_;
  http_server::Request last_;
  int calls_ = 0;
  std::unique_ptr<http_server::Server> server_;
  std::unique_ptr<GithubForge> forge_;
  std::jthread thread_;  // The last: it ends before what it uses.
};

TEST_F(StrangeForge, SpeaksAsGitHubWants) {
  AnswerWith({200, {}, "[]"});
  ASSERT_TRUE(forge_->FindPullRequest(repo_, "hq/r-1").ok());
  const std::lock_guard lock(mutex_);
  EXPECT_EQ(last_.Header("accept"), "application/vnd.github+json");
  EXPECT_EQ(last_.Header("x-github-api-version"), "2022-11-28");
  EXPECT_EQ(last_.Header("user-agent"), "hq-os");
  EXPECT_EQ(last_.Header("authorization"), "Bearer a-token");
  EXPECT_EQ(last_.query, "state=all&head=dtslib%3Ahq%2Fr-1&per_page=100&page=1");
}

TEST_F(StrangeForge, NoAnswerIsTooStrange) {
  for (const int status : {200, 201, 204, 301, 404, 405, 409, 422, 500})
    for (const std::string body :
         {"", "x", "null", "[]", "{}", "[1,null,\"a\",{}]", R"({"number":"1"})",
          R"({"number":-1,"head":[]})", R"({"number":1.5,"head":{"sha":1}})",
          R"({"number":1,"head":{"sha":"zz"},"state":5,"merged":"yes"})",
          R"({"message":5,"errors":"a"})", R"({"message":"m","errors":[1,{"message":[]}]})",
          R"({"statuses":[1],"check_runs":[null]})", R"({"default_branch":{}})",
          "{\"a\":\"\xff\"}"}) {
      AnswerWith({status, {}, body});
      const std::string trace = std::to_string(status) + " " + body;
      EXPECT_FALSE(forge_->GetPullRequest(repo_, 1).ok()) << trace;
      EXPECT_FALSE(forge_->OpenPullRequest(repo_, "hq/r-1", "t", "b").ok()) << trace;
      EXPECT_FALSE(forge_->MergePullRequest(repo_, 1, commit_, "t").ok()) << trace;
      const auto found = forge_->FindPullRequest(repo_, "hq/r-1");
      EXPECT_TRUE(!found.ok() || !found->has_value()) << trace;
      const auto issue = forge_->FindIssue(repo_, "conflict", "marker");
      EXPECT_TRUE(!issue.ok() || !issue->has_value()) << trace;
      const auto checks = forge_->GetChecks(repo_, commit_);
      EXPECT_TRUE(!checks.ok() || *checks != Checks::kPassed) << trace;
    }
}

TEST_F(StrangeForge, SomebodyElsesForkIsNotOurBranch) {
  AnswerWith({200,
              {},
              R"([{"number":7,"state":"open","html_url":"u","merged_at":null,
      "head":{"ref":"hq/r-1","sha":")" +
                  commit_ + R"(","repo":{"full_name":"mallory/koosy"}}}])"});
  EXPECT_EQ(*forge_->FindPullRequest(repo_, "hq/r-1"), std::nullopt);
  AnswerWith({200,
              {},
              R"([{"number":7,"state":"closed","html_url":"u","merged_at":null,
      "head":{"ref":"hq/r-1","sha":")" +
                  commit_ + R"(","repo":{"full_name":"DTSLIB/koosy"}}}])"});
  EXPECT_EQ((*forge_->FindPullRequest(repo_, "hq/r-1"))->number, 7u);
}

TEST_F(StrangeForge, IsLeftAloneWhenItAsks) {
  AnswerWith({403, {{"Retry-After", "600"}}, R"({"message":"secondary rate limit"})"});
  EXPECT_EQ(forge_->GetPullRequest(repo_, 1).status().code(), absl::StatusCode::kUnavailable);
  AnswerWith({200, {}, "[]"});
  EXPECT_EQ(forge_->FindPullRequest(repo_, "hq/r-1").status().code(),
            absl::StatusCode::kUnavailable);
  EXPECT_EQ(calls(), 1);
}

TEST_F(StrangeForge, AWriteThatFailedOnTheirSideIsUnknown) {
  AnswerWith({502, {}, "<html>"});
  EXPECT_EQ(forge_->AddLabel(repo_, 1, "conflict").code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(forge_->GetPullRequest(repo_, 1).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hq::sync
