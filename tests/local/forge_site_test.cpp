// The cells' websites and Git's own door at the forge.
#include "deploy/local/forge/site/links.hpp"
#include "tests/local/forge_fixture.hpp"

namespace hq::testing {
namespace {

using nlohmann::json;

class ForgeSite : public ForgeTest {};

TEST_F(ForgeSite, ServesTheDefaultBranchByPathAndByHost) {
  const std::string page = Get("/sites/dtslib/koosy/").text;
  EXPECT_NE(page.find("쿠시"), std::string::npos);
  EXPECT_EQ(Get("/", "koosy.localhost").text, page);
  EXPECT_EQ(Get("/index.html", "koosy.dtslib.com:8080").text, page);
  EXPECT_EQ(Get("/sites/dtslib/koosy/assets/hq.css").headers.at("content-type"),
            "text/css; charset=utf-8");
  EXPECT_EQ(Get("/sites/dtslib/koosy/nothing").status, 404);
  EXPECT_EQ(Get("/sites/dtslib/koosy/.git/config").status, 404);
  EXPECT_EQ(Get("/sites/dtslib/koosy/%2e%2e/hq/index.html").status, 404);
  EXPECT_EQ(Get("/sites/dtslib/nobody/").status, 404);
}

TEST_F(ForgeSite, HealthIsComputedFromTheServedTree) {
  const RestAnswer healthy = Get("/sites/dtslib/koosy/health");
  EXPECT_EQ(healthy.status, 200);
  EXPECT_EQ(healthy.json, (json{{"status", "ok"}, {"release", "seed"}}));

  PushAsOwner("hq-release.json", R"({"release": "r-1"})");
  ASSERT_TRUE(Until([this] { return Get("/sites/dtslib/koosy/health").json["release"] == "r-1"; }));
  PushAsOwner("content/story.html", R"(<img src="../assets/lost.svg"><a href='mailto:x'>)");
  ASSERT_TRUE(Until([this] { return Get("/sites/dtslib/koosy/health").status == 500; }));
  EXPECT_EQ(Get("/health", "koosy.localhost").json["missing"], json({"assets/lost.svg"}));
  EXPECT_EQ(Get("/sites/dtslib/papafly/health").status, 200);
  PushAsOwner("assets/lost.svg", "<svg/>");
  EXPECT_TRUE(Until([this] { return Get("/sites/dtslib/koosy/health").status == 200; }));
}

TEST_F(ForgeSite, AMergeIsServedOnlyAfterADelayThatARestartDoesNotCutShort) {
  RestartWith("HQ_FORGE_DEPLOY_DELAY_MS", "3600000");
  const std::string before = Get("/sites/dtslib/koosy/").text;
  PushAsOwner("index.html", "<p>new</p>");
  EXPECT_EQ(Get("/sites/dtslib/koosy/").text, before);
  forge_->Kill();
  forge_->Start();
  EXPECT_EQ(Get("/sites/dtslib/koosy/").text, before);
  forge_->Kill();
  forge_->Set("HQ_FORGE_DEPLOY_DELAY_MS", "1");
  forge_->Start();
  EXPECT_TRUE(Until([this] { return Get("/sites/dtslib/koosy/").text == "<p>new</p>"; }));
}

TEST_F(ForgeSite, HqMayPushTopicBranchesOnly) {
  PushTopic("hq/one", "data/news.json", "{}");
  for (const std::string target : {"main", "refs/heads/hqx", "refs/heads/other", "refs/tags/v1"}) {
    const ShellResult refused = Git("push -q origin work:" + target);
    EXPECT_NE(refused.exit_code, 0) << target;
    EXPECT_NE(refused.output.find("GH006"), std::string::npos) << refused.output;
  }
  EXPECT_NE(Git("push -q origin :main").exit_code, 0);
  EXPECT_NE(Git("ls-remote origin", "nonsense").exit_code, 0);
  EXPECT_EQ(MustShell("git -C " + Koosy() + " for-each-ref --format='%(refname)'"),
            "refs/heads/hq/one\nrefs/heads/main");
  EXPECT_EQ(Git("push -q origin work:main", kOwnerToken).exit_code, 0);
  EXPECT_EQ(Git("push -q origin :hq/one").exit_code, 0);
}

TEST_F(ForgeSite, ALargePushArrivesWhole) {
  MustShell("head -c 5000000 /dev/urandom > " + Clone() + "/large.bin");
  PushTopic("hq/large", "data/news.json", "{}");
  EXPECT_EQ(MustShell("git -C " + Koosy() + " cat-file -s hq/large:large.bin"), "5000000");
}

TEST(LocalLinks, FindsWhatAPageNeedsFromItsOwnSite) {
  const std::string html = R"(
    <a href="other.html#top"> <img SRC='../a.png?x=1'> <a href=/root/> <a href="https://x/y">
    <a href="//x/y"> <a href="mailto:a@b"> <a href="#here"> <!-- <img src="commented.png"> -->
    <script src="app.js">var s = '<img src="text.png">';</script> <a href="../../../up.html">
    <a href="a%20b.html"> <a title="href" data-src="no.png" href="last.html)";
  const std::vector<std::string> expected = {"content/other.html", "a.png",   "root/",
                                             "content/app.js",     "up.html", "content/a b.html",
                                             "content/last.html"};
  EXPECT_EQ(forge::site::LocalLinks(html, "content/page.html"), expected);
}

}  // namespace
}  // namespace hq::testing
