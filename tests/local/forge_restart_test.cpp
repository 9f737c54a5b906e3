// What the forge has acknowledged survives SIGKILL, and what a kill cut in half is healed.
#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "tests/local/forge_fixture.hpp"
#include "tests/support/seed.hpp"

namespace hq::testing {
namespace {

using nlohmann::json;

class ForgeRestart : public ForgeTest {
 protected:
  // A commit on top of main, made in the bare repository itself, as branch `branch`.
  std::string CommitOnMain(const std::string& branch) const {
    return MustShell("cd " + Koosy() + " && blob=$(echo " + branch +
                     " | git hash-object -w --stdin) && tree=$({ git ls-tree main; printf "
                     "'100644 blob %s\\tnew-" +
                     std::string(branch).replace(2, 1, "-") +
                     "\\n' $blob; } | git mktree) && commit=$(git -c user.name=t -c user.email=t "
                     "commit-tree $tree -p main -m " +
                     branch + ") && git update-ref refs/heads/" + branch +
                     " $commit && echo $commit");
  }

  // Like Ask, but tries again while the forge is down or answers an injected 502.
  RestAnswer AskUntilAnswered(const std::string& method, const std::string& path,
                              const json& body = nullptr) const {
    RestAnswer answer;
    constexpr std::chrono::seconds kPatience(60);
    EXPECT_TRUE(Until(
        [&] {
          answer = Ask(method, path, body);
          const bool is_answered = answer.status != 0 && answer.status != 502;
          if (is_answered) ++answered_;
          return is_answered;
        },
        kPatience));
    return answer;
  }

  // Opens a pull request and merges it, whatever happens meanwhile, by looking before each step.
  void Land(const std::string& branch) {
    const std::string head = CommitOnMain(branch);
    constexpr std::chrono::seconds kPatience(90);  // While the killer is at work.
    const bool is_landed = Until(
        [&] {
          const json found = AskUntilAnswered("GET", "pulls?state=all&head=dtslib:" + branch).json;
          if (found.empty()) {
            AskUntilAnswered("POST", "pulls",
                             {{"title", branch}, {"head", branch}, {"base", "main"}});
            return false;
          }
          EXPECT_EQ(found.size(), 1u);
          if (!found[0]["merged_at"].is_null()) return true;
          const std::string number = std::to_string(found[0]["number"].get<int>());
          AskUntilAnswered("PUT", "pulls/" + number + "/merge", {{"sha", head}});
          return false;
        },
        kPatience);
    ASSERT_TRUE(is_landed) << branch;
  }

  mutable std::atomic<std::uint64_t> answered_ = 0;  // By the forge, as far as this test asked.
};

TEST_F(ForgeRestart, KeepsEverythingItSaid) {
  PushTopic("hq/one", "data/news.json", "{}");
  Open("hq/one");
  ASSERT_TRUE(Until([this] { return MergeableState(1) == "clean"; }));
  const std::string head = HeadOf(1);
  Ask("POST", "statuses/" + head, {{"state", "success"}, {"context", "hq/policy"}});
  Ask("POST", "issues/1/labels", {{"labels", {"hq:release"}}});
  Ask("POST", "issues/1/comments", {{"body", "hello"}});
  const std::vector<std::string> paths = {"pulls/1",
                                          "pulls?state=all",
                                          "issues?state=all",
                                          "issues/1/comments",
                                          "commits/" + head + "/status",
                                          "commits/" + head + "/check-runs"};
  std::vector<json> before;
  for (const auto& path : paths) before.push_back(Ask("GET", path).json);
  forge_->Kill();
  forge_->Start();
  for (std::size_t i = 0; i < paths.size(); ++i)
    EXPECT_EQ(Ask("GET", paths[i]).json, before[i]) << paths[i];
}

TEST_F(ForgeRestart, HealsAMergeWhoseRecordWasCutOff) {
  PushTopic("hq/one", "data/news.json", "{}");
  Open("hq/one");
  ASSERT_TRUE(Until([this] { return MergeableState(1) == "clean"; }));
  const std::string path = folder_ / "forge/state/dtslib/koosy.json";
  json state = json::parse(std::ifstream(path));
  const RestAnswer merged =
      Ask("PUT", "pulls/1/merge", {{"sha", HeadOf(1)}, {"merge_method", "squash"}});
  ASSERT_EQ(merged.status, 200) << merged.text;
  forge_->Kill();
  // As it was on the disk when the branch had just moved: the intent is there, the outcome is not.
  json& pull = state["issues"][0][1]["pull"];
  pull["pending_merge_sha"] = merged.json["sha"];
  pull["merged_by"] = "hq-os[bot]";
  std::ofstream(path) << state;
  forge_->Start();
  const json healed = Ask("GET", "pulls/1").json;
  EXPECT_EQ(healed["merged"], true);
  EXPECT_EQ(healed["merge_commit_sha"], merged.json["sha"]);
  EXPECT_EQ(healed["merged_by"]["login"], "hq-os[bot]");
}

TEST_F(ForgeRestart, RandomKillsNeverOpenOrMergeTwice) {
  forge_->Stop();
  forge_->Set("HQ_FORGE_CHECK_DELAY_MS", "5");
  forge_->Set("HQ_FORGE_FAIL_EVERY", "5");
  forge_->Start();
  const std::uint64_t seed = Seed();
  constexpr std::size_t kPulls = 20;
  std::jthread killer([this, seed](std::stop_token stop) {
    std::mt19937_64 random(seed);
    // Bounded, so that a slow machine is not killed faster than it can get anything done.
    constexpr int kKills = 40;
    constexpr std::chrono::seconds kPatience(90);
    for (int kills = 0; kills < kKills && !stop.stop_requested(); ++kills) {
      // After so many more answers, while the next question is on its way.
      const std::uint64_t at = answered_ + 1 + random() % 10;
      Until([&] { return answered_ >= at || stop.stop_requested(); }, kPatience);
      forge_->Kill();
      forge_->Start();
    }
    // The forge ends with the thread that started it.
    Until([&] { return stop.stop_requested(); }, std::chrono::minutes(10));
  });
  for (std::size_t i = 0; i < kPulls && !HasFailure(); ++i) Land("hq/" + std::to_string(i));
  killer.request_stop();
  killer.join();
  forge_->Kill();
  forge_->Start();

  const json pulls = Ask("GET", "pulls?state=all&per_page=100").json;
  ASSERT_EQ(pulls.size(), kPulls);
  std::set<std::string> merge_commits;
  for (const auto& pull : pulls) merge_commits.insert(pull["merge_commit_sha"]);
  EXPECT_EQ(merge_commits.size(), kPulls);
  // Three commits of the seed, and one merge for each pull request: nothing lost, nothing twice.
  EXPECT_EQ(MustShell("git -C " + Koosy() + " rev-list --count --first-parent main"),
            std::to_string(kPulls + 3));
}

}  // namespace
}  // namespace hq::testing
