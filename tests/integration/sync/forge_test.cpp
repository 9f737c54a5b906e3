// The Forge adapter against the real forge program: pull requests found, opened, checked and
// merged as at GitHub, and its bad answers told apart.
#include <gmock/gmock.h>

#include "services/sync/adapters/git_workshop.hpp"
#include "services/sync/adapters/github_forge.hpp"
#include "services/sync/adapters/http_prober.hpp"
#include "tests/local/forge_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace hq::sync {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SyncForgeTest : public testing::ForgeTest {
 protected:
  void SetUp() override {
    ForgeTest::SetUp();
    adapter_ = std::make_unique<GithubForge>(SettingsWith(kHqToken), clock_);
    workshop_ = OpenWorkshop(kHqToken);
  }

  GithubApi::Settings SettingsWith(const std::string& token) const {
    GithubApi::Settings settings;
    settings.api_url = forge_->url() + "/";
    settings.token = token;
    return settings;
  }

  std::unique_ptr<GitWorkshop> OpenWorkshop(const std::string& token) const {
    GitWorkshop::Settings settings;
    settings.folder = folder_ / "workshop";
    settings.hq_repo = "dtslib/hq";
    settings.git_base_url = forge_->url();
    settings.token = token;
    auto opened = GitWorkshop::Open(settings);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  // A topic branch with one file more than koosy's head, pushed as HQ; its commit.
  std::string PushCommit(const std::string& branch, const std::string& expected = "") {
    const auto head = workshop_->FetchCell("koosy", kRepo);
    EXPECT_TRUE(head.ok()) << head.status();
    const auto hq = workshop_->FetchHq("release-1");
    EXPECT_TRUE(hq.ok()) << hq.status();
    const auto release = workshop_->ReadRelease(*hq);
    EXPECT_TRUE(release.ok()) << release.status();
    const auto base = workshop_->ReadRelease(*workshop_->FetchHq("release-0"));
    const auto merged = workshop_->MergeRelease(base->tree, *head, release->tree, branch.substr(3),
                                                release->manifest);
    EXPECT_TRUE(merged.ok() && merged->conflicts.empty()) << merged.status();
    const auto commit = workshop_->Commit(merged->tree, *head, branch, FromMicros(0));
    const Status pushed = workshop_->Push(kRepo, branch, *commit, expected);
    EXPECT_TRUE(pushed.ok()) << pushed;
    return *commit;
  }

  bool ChecksPass(const std::string& commit) {
    return testing::Eventually(
        [&] { return *adapter_->GetChecks(koosy_, commit) == Checks::kPassed; });
  }

  static constexpr char kRepo[] = "github.com/dtslib/koosy";
  const RepoName koosy_{"dtslib", "koosy"};
  SystemClock clock_;
  std::unique_ptr<GithubForge> adapter_;
  std::unique_ptr<GitWorkshop> workshop_;
};

TEST_F(SyncForgeTest, OpensAPullRequestOnceAndAdoptsIt) {
  EXPECT_EQ(*adapter_->FindPullRequest(koosy_, "hq/r-1"), std::nullopt);
  const std::string commit = PushCommit("hq/r-1");
  const auto opened = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "<!-- key -->");
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_TRUE(opened->is_open);
  EXPECT_FALSE(opened->is_merged);
  EXPECT_EQ(opened->head_commit, commit);
  EXPECT_EQ(opened->head_branch, "hq/r-1");
  EXPECT_THAT(opened->url, HasSubstr("/dtslib/koosy/pull/"));
  const auto again = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->number, opened->number);
  const auto found = adapter_->FindPullRequest(koosy_, "hq/r-1");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->number, opened->number);
  EXPECT_EQ(adapter_->OpenPullRequest(koosy_, "hq/none", "t", "b").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SyncForgeTest, MergesWhatIsCheckedAndAllowed) {
  const std::string commit = PushCommit("hq/r-1");
  const auto number = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "")->number;
  ASSERT_TRUE(adapter_->SetStatus(koosy_, commit, "hq/gate", false, "not yet").ok());
  ASSERT_TRUE(ChecksPass(commit)) << "HQ's own status does not count";
  const auto refused = adapter_->MergePullRequest(koosy_, number, commit, "Release 1");
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition) << refused.status();

  ASSERT_TRUE(adapter_->SetStatus(koosy_, commit, "hq/gate", true, std::string(500, 'x')).ok());
  ASSERT_TRUE(adapter_->SetStatus(koosy_, commit, "hq/policy", true, "allowed").ok());
  const auto merged = adapter_->MergePullRequest(koosy_, number, commit, "Release 1");
  ASSERT_TRUE(merged.ok()) << merged.status();
  EXPECT_TRUE(merged->is_merged);
  EXPECT_EQ(*workshop_->FetchCell("koosy", kRepo), merged->merge_commit);
  EXPECT_EQ(*workshop_->TreeOf(merged->merge_commit), *workshop_->TreeOf(commit));

  const auto again = adapter_->MergePullRequest(koosy_, number, commit, "Release 1");
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->merge_commit, merged->merge_commit);
  const auto found = adapter_->FindPullRequest(koosy_, "hq/r-1");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_TRUE((*found)->is_merged);
  EXPECT_EQ((*found)->merge_commit, merged->merge_commit);
}

TEST_F(SyncForgeTest, ChecksArePendingAndThenFailed) {
  PushTopic("hq/bad", "broken.json", "{");
  const auto opened = adapter_->OpenPullRequest(koosy_, "hq/bad", "Bad", "");
  ASSERT_TRUE(opened.ok()) << opened.status();
  std::vector<Checks> seen;
  EXPECT_TRUE(testing::Eventually([&] {
    const auto checks = adapter_->GetChecks(koosy_, opened->head_commit);
    EXPECT_TRUE(checks.ok()) << checks.status();
    seen.push_back(*checks);
    return *checks != Checks::kPending;
  }));
  EXPECT_EQ(seen.front(), Checks::kPending);
  EXPECT_EQ(seen.back(), Checks::kFailed);
  // A commit without any check has passed them all.
  EXPECT_EQ(*adapter_->GetChecks(koosy_, *workshop_->FetchCell("koosy", kRepo)), Checks::kPassed);
}

TEST_F(SyncForgeTest, MergesOnlyTheHeadThatWasMeant) {
  const std::string commit = PushCommit("hq/r-1");
  const auto number = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "")->number;
  ASSERT_TRUE(ChecksPass(commit));
  const std::string other(40, 'a');
  EXPECT_EQ(adapter_->MergePullRequest(koosy_, number, other, "t").status().code(),
            absl::StatusCode::kAborted);
  EXPECT_FALSE(adapter_->GetPullRequest(koosy_, number)->is_merged);
}

TEST_F(SyncForgeTest, AConflictOnTheForgeIsForGood) {
  PushTopic("hq/edit", "index.html", "<p>HQ's page</p>\n");
  const auto opened = adapter_->OpenPullRequest(koosy_, "hq/edit", "Edit", "");
  ASSERT_TRUE(opened.ok()) << opened.status();
  ASSERT_TRUE(ChecksPass(opened->head_commit));
  PushAsOwner("index.html", "<p>koosy's page</p>\n");
  ASSERT_TRUE(testing::Eventually([&] {
    const auto now = adapter_->GetPullRequest(koosy_, opened->number);
    return now.ok() && now->is_mergeable == false;
  }));
  const auto merged =
      adapter_->MergePullRequest(koosy_, opened->number, opened->head_commit, "Edit");
  EXPECT_EQ(merged.status().code(), absl::StatusCode::kFailedPrecondition) << merged.status();
}

TEST_F(SyncForgeTest, LabelsAndIssues) {
  PushCommit("hq/r-1");
  const auto number = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "")->number;
  EXPECT_TRUE(adapter_->AddLabel(koosy_, number, "conflict").ok());
  EXPECT_TRUE(adapter_->AddLabel(koosy_, number, "conflict").ok());
  EXPECT_EQ(adapter_->AddLabel(koosy_, 999, "conflict").code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(*adapter_->FindIssue(koosy_, "conflict", "marker"), std::nullopt);
  const std::string long_body(70'000, 'x');
  const auto issue =
      adapter_->OpenIssue(koosy_, "conflict", "Conflict", long_body + "\n<!-- marker-1 -->");
  ASSERT_TRUE(issue.ok()) << issue.status();
  const auto found = adapter_->FindIssue(koosy_, "conflict", "<!-- marker-1 -->");
  ASSERT_TRUE(found.ok() && found->has_value()) << found.status();
  EXPECT_EQ((*found)->number, issue->number);
  EXPECT_EQ((*found)->url, issue->url);
}

TEST_F(SyncForgeTest, AnAnswerThatNeverCameIsFoundAgain) {
  const std::string commit = PushCommit("hq/r-1");
  RestartWith("HQ_FORGE_FAIL_EVERY", "1");  // Every write fails, before or after its work.
  int unknown = 0;
  std::optional<PullRequest> found;
  for (int attempt = 0; attempt < 4 && !found; ++attempt) {
    const auto opened = adapter_->OpenPullRequest(koosy_, "hq/r-1", "Release 1", "");
    if (!opened.ok()) {
      ASSERT_EQ(opened.status().code(), absl::StatusCode::kDeadlineExceeded) << opened.status();
      ++unknown;
    }
    found = *adapter_->FindPullRequest(koosy_, "hq/r-1");
  }
  ASSERT_TRUE(found.has_value());
  EXPECT_GE(unknown, 1);
  EXPECT_EQ(found->head_commit, commit);
  EXPECT_EQ(Ask("GET", "pulls?state=all").json.size(), 1u) << "and only one was made";
}

TEST_F(SyncForgeTest, SaysWhoIsAtFaultAndNeverTheToken) {
  GithubForge stranger(SettingsWith("a-wrong-token"), clock_);
  const auto denied = stranger.GetPullRequest(koosy_, 1);
  EXPECT_EQ(denied.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(denied.status().message()), HasSubstr("GET /repos/dtslib/koosy/pulls/1"));
  EXPECT_THAT(std::string(denied.status().message()), HasSubstr("401 Bad credentials"));
  EXPECT_THAT(std::string(denied.status().message()), Not(HasSubstr("a-wrong-token")));
  EXPECT_EQ(adapter_->GetPullRequest(koosy_, 1).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(adapter_->FindPullRequest({"dtslib", "nobody"}, "hq/a").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(adapter_->GetPullRequest({"dtslib", "../user"}, 1).status().code(),
            absl::StatusCode::kInvalidArgument);

  const auto no_one = OpenWorkshop("a-wrong-token");
  const auto fetched = no_one->FetchCell("koosy", kRepo);
  EXPECT_EQ(fetched.status().code(), absl::StatusCode::kPermissionDenied) << fetched.status();
  EXPECT_THAT(std::string(fetched.status().message()), Not(HasSubstr("a-wrong-token")));
  EXPECT_EQ(workshop_->FetchCell("koosy", "dtslib/nobody").status().code(),
            absl::StatusCode::kNotFound);
  forge_->Stop();
  EXPECT_EQ(adapter_->GetPullRequest(koosy_, 1).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(workshop_->FetchCell("koosy", kRepo).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SyncForgeTest, TheForgeItselfProtectsTheDefaultBranch) {
  const std::string head = *workshop_->FetchCell("koosy", kRepo);
  const std::string commit = *workshop_->Commit(*workshop_->TreeOf(head), head, "x", FromMicros(0));
  EXPECT_EQ(workshop_->Push(kRepo, "main", commit, head).code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*workshop_->RemoteBranch(kRepo, "main"), head);
  EXPECT_TRUE(workshop_->Push(kRepo, "hq/x", commit, "").ok());
  EXPECT_EQ(workshop_->Push(kRepo, "hq/x", head, head).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SyncForgeTest, TheFranchisesReleasesMergeAsItsStorySays) {
  const auto release = [this](int number) {
    const auto commit = workshop_->FetchHq("release-" + std::to_string(number));
    EXPECT_TRUE(commit.ok()) << commit.status();
    const auto read = workshop_->ReadRelease(*commit);
    EXPECT_TRUE(read.ok()) << read.status();
    return *read;
  };
  const ReleaseTree base = release(0);
  for (const std::string cell : {"papafly", "koosy", "bari", "dalmoi", "haneul"}) {
    const std::string head = *workshop_->FetchCell(cell, "dtslib/" + cell);
    const ReleaseTree first = release(1);
    const auto once = workshop_->MergeRelease(base.tree, head, first.tree, "r-1", first.manifest);
    ASSERT_TRUE(once.ok()) << cell << ": " << once.status();
    ASSERT_THAT(once->conflicts, IsEmpty()) << cell;
    const std::string landed = *workshop_->Commit(once->tree, head, "r-1", FromMicros(0));
    const ReleaseTree second = release(2);
    const auto twice =
        workshop_->MergeRelease(first.tree, landed, second.tree, "r-2", second.manifest);
    ASSERT_TRUE(twice.ok()) << cell << ": " << twice.status();
    EXPECT_EQ(twice->conflicts.empty(), cell != "haneul") << twice->conflict_text;
  }
}

TEST_F(SyncForgeTest, TheProberSeesWhatVisitorsSee) {
  auto prober = HttpProber::Make(
      {forge_->url() + "/sites/{owner}/{name}/", std::chrono::milliseconds(5'000)});
  ASSERT_TRUE(prober.ok()) << prober.status();
  const Probe well = prober->ProbeSite("", koosy_);
  EXPECT_TRUE(well.answered && well.is_healthy) << well.detail;
  EXPECT_EQ(well.release_id, "seed");
  PushAsOwner("index.html", "<a href=\"/nowhere.html\">x</a>\n");
  EXPECT_TRUE(testing::Eventually([&] { return !prober->ProbeSite("", koosy_).is_healthy; }));
  const Probe ill = prober->ProbeSite("", koosy_);
  EXPECT_TRUE(ill.answered);
  EXPECT_EQ(ill.detail, "500");
  EXPECT_FALSE(prober->ProbeSite("", {"dtslib", "a/../b"}).answered);
  EXPECT_FALSE(HttpProber::Make({"ftp://{domain}", std::chrono::milliseconds(1)}).ok());
  auto by_domain = HttpProber::Make({"http://{domain}", std::chrono::milliseconds(500)});
  EXPECT_FALSE(by_domain->ProbeSite("", koosy_).answered);
  EXPECT_FALSE(by_domain->ProbeSite("user@127.0.0.1", koosy_).answered);
  EXPECT_FALSE(by_domain->ProbeSite("127.0.0.1:1", koosy_).answered);
}

}  // namespace
}  // namespace hq::sync
