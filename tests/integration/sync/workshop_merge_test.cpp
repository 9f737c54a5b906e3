// Releases merged into a cell and taken back again, between real repositories.
#include "tests/integration/sync/workshop_fixture.hpp"

namespace hq::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST_F(WorkshopTest, AReleaseKeepsTheCellsOwnEdits) {
  cell_.Put("index.html", Page({{2, "koosy"}}));
  cell_.Put("content/story.html", "our story\n");
  cell_.Commit("our own");
  hq_.Put("site/index.html", Page({{18, "a new footer"}}));
  hq_.Put("site/assets/hq.css", "body { color: blue }\n");
  const auto release = Release("release-1");

  const auto report = Merge(release, "r-1", base_.tree);
  EXPECT_THAT(report.conflicts, IsEmpty());
  EXPECT_FALSE(report.is_unchanged);
  EXPECT_EQ(InTree(report.tree, "index.html") + "\n", Page({{2, "koosy"}, {18, "a new footer"}}));
  EXPECT_EQ(InTree(report.tree, "assets/hq.css"), "body { color: blue }");
  EXPECT_EQ(InTree(report.tree, "content/story.html"), "our story");
  EXPECT_EQ(InTree(report.tree, "hq-release.json"), "{\n  \"release\": \"r-1\"\n}");
  EXPECT_EQ(report.changed_paths, 3u);
  EXPECT_THAT(report.diff, HasSubstr("+a new footer"));
  EXPECT_THAT(report.diff, Not(HasSubstr("koosy\n+")));
}

TEST_F(WorkshopTest, TheSameArgumentsGiveTheSameNamesAnywhere) {
  cell_.Put("index.html", Page({{2, "koosy"}}));
  cell_.Commit("our own");
  hq_.Put("site/index.html", Page({{18, "a new footer"}}));
  const auto release = Release("release-1");
  const auto report = Merge(release, "r-1", base_.tree);
  const std::string head = CellHead();
  const auto commit = workshop_->Commit(report.tree, head, "HQ release r-1", FromMicros(1'500'000));

  workshop_ = OpenWorkshop("another");
  ASSERT_TRUE(workshop_->FetchHq("").ok());
  ASSERT_EQ(workshop_->ReadRelease(*workshop_->FetchHq("release-0"))->tree, base_.tree);
  EXPECT_EQ(workshop_->ReadRelease(*workshop_->FetchHq("release-1"))->tree, release.tree);
  const auto again = Merge(release, "r-1", base_.tree);
  EXPECT_EQ(again.tree, report.tree);
  EXPECT_EQ(again.diff, report.diff);
  EXPECT_EQ(*workshop_->Commit(again.tree, head, "HQ release r-1", FromMicros(1'900'000)), *commit);
  EXPECT_EQ(testing::MustShell("git --git-dir=" + (folder_ / "another") +
                               " show -s --format='%an <%ae> %at %cn %ci|%s' " + *commit),
            "HQ OS <hq@dtslib.com> 1 HQ OS 1970-01-01 00:00:01 +0000|HQ release r-1");
}

TEST_F(WorkshopTest, TheSameLineChangedByBothIsAConflict) {
  cell_.Put("index.html", Page({{7, "the cell's promise"}}));
  cell_.Commit("our own");
  hq_.Put("site/index.html", Page({{7, "HQ's promise"}}));
  hq_.Put("site/assets/hq.css", "body { color: blue }\n");
  const auto report = Merge(Release("release-1"), "r-1", base_.tree);
  EXPECT_THAT(report.conflicts, ElementsAre("index.html"));
  EXPECT_EQ(report.tree, "") << "nothing is shipped in part";
  EXPECT_FALSE(report.is_unchanged);
  EXPECT_THAT(report.conflict_text, HasSubstr("index.html: both changed the same place"));
  EXPECT_THAT(report.conflict_text, HasSubstr("line 7"));
  EXPECT_THAT(report.conflict_text, HasSubstr("the cell's promise"));
  EXPECT_THAT(report.conflict_text, HasSubstr("HQ's promise"));
}

TEST_F(WorkshopTest, WhatOneRemovedAndTheOtherChangedIsAConflict) {
  hq_.Put("site/a.html", Page());
  hq_.Put("site/b.html", Page());
  hq_.Put("site/c.html", Page());
  const auto first = Release("release-1");
  Land(Merge(first, "r-1", base_.tree).tree, "hq/r-1");
  cell_.Put("a.html", Page({{3, "ours"}}));
  cell_.Remove("b.html");
  cell_.Commit("our own");
  hq_.Remove("site/a.html");
  hq_.Put("site/b.html", Page({{3, "theirs"}}));
  hq_.Remove("site/c.html");
  const auto report = Merge(Release("release-2"), "r-2", first.tree);
  EXPECT_THAT(report.conflicts, ElementsAre("a.html", "b.html"));
  EXPECT_THAT(report.conflict_text, HasSubstr("a.html: HQ removed what the cell changed"));
  EXPECT_THAT(report.conflict_text, HasSubstr("b.html: the cell removed what HQ changed"));
}

TEST_F(WorkshopTest, OwnershipDecides) {
  hq_.Put("site/content/offers.html", "offers\n");
  hq_.Put("site/content/welcome.html", "a new welcome\n");
  hq_.Put("site/content/hours.html", "hours\n");
  const auto first = Release("release-1");
  cell_.Put("content/offers.html", "our own offers\n");
  cell_.Commit("our own");
  const auto added = Merge(first, "r-1", base_.tree);
  ASSERT_THAT(added.conflicts, IsEmpty());
  EXPECT_EQ(InTree(added.tree, "content/offers.html"), "our own offers") << "it has one already";
  EXPECT_EQ(InTree(added.tree, "content/welcome.html"), "welcome from HQ") << "given once";
  EXPECT_EQ(InTree(added.tree, "content/hours.html"), "hours") << "new to the cell";
  Land(added.tree, "hq/r-1");

  cell_.Remove("content/hours.html");
  cell_.Commit("no hours");
  hq_.Put("site/content/hours.html", "more hours\n");
  hq_.Remove("site/content/welcome.html");
  const auto second = Release("release-2");
  const auto kept = Merge(second, "r-2", first.tree);
  ASSERT_THAT(kept.conflicts, IsEmpty());
  EXPECT_EQ(FilesOf(kept.tree),
            "assets/hq.css\ncontent/offers.html\ncontent/welcome.html\nhq-release.json\nindex.html")
      << "removed by the cell stays removed, removed by HQ stays the cell's";

  cell_.Put("assets/hq.css", "body { color: green }\n");
  cell_.Put("assets/own.css", "the cell's\n");
  cell_.Commit("our own colours");
  const auto refused = Merge(second, "r-2", first.tree);
  EXPECT_THAT(refused.conflicts, ElementsAre("assets/hq.css"));
  EXPECT_THAT(refused.conflict_text, HasSubstr("a file that HQ owns"));
}

TEST_F(WorkshopTest, WithoutABaseEqualFilesPassAndDifferentOnesDoNot) {
  const auto equal = Merge(base_, "r-0", "");
  EXPECT_THAT(equal.conflicts, IsEmpty());
  EXPECT_EQ(equal.changed_paths, 1u) << "only hq-release.json";
  cell_.Put("index.html", Page({{2, "koosy"}}));
  cell_.Commit("our own");
  EXPECT_THAT(Merge(base_, "r-0", "").conflicts, ElementsAre("index.html"));
}

TEST_F(WorkshopTest, WhatIsThereAlreadyIsUnchanged) {
  hq_.Put("site/index.html", Page({{18, "a new footer"}}));
  const auto release = Release("release-1");
  Land(Merge(release, "r-1", base_.tree).tree, "hq/r-1");
  EXPECT_EQ(*workshop_->ReleaseOf(CellHead()), "r-1");
  const auto again = Merge(release, "r-1", release.tree);
  EXPECT_TRUE(again.is_unchanged);
  EXPECT_EQ(again.tree, *workshop_->TreeOf(CellHead()));
  EXPECT_EQ(again.changed_paths, 0u);
  EXPECT_EQ(again.diff, "");
  // Another spelling of the same release file is no reason for a pull request.
  cell_.Put("hq-release.json", "{\"release\":\"r-1\"}");
  cell_.Commit("formatted");
  EXPECT_TRUE(Merge(release, "r-1", release.tree).is_unchanged);
  EXPECT_FALSE(Merge(release, "r-2", release.tree).is_unchanged);
}

TEST_F(WorkshopTest, ARevertTakesBackHqsPartOnlyAndTheReleaseLandsAgain) {
  hq_.Put("site/index.html", Page({{10, "HQ's line"}}));
  const auto release = Release("release-1");
  const std::string before = *workshop_->TreeOf(CellHead());
  const std::string landed = Land(Merge(release, "r-1", base_.tree).tree, "hq/r-1");
  const std::string after = *workshop_->TreeOf(landed);
  EXPECT_EQ(*workshop_->TreeOf(landed + "^1"), before);
  cell_.Put("index.html", Page({{2, "later edit"}, {10, "HQ's line"}}));
  cell_.Commit("later");

  const auto revert = workshop_->MergeRevert(after, CellHead(), before);
  ASSERT_TRUE(revert.ok()) << revert.status();
  ASSERT_THAT(revert->conflicts, IsEmpty());
  EXPECT_EQ(InTree(revert->tree, "index.html") + "\n", Page({{2, "later edit"}}));
  Land(revert->tree, "hq/revert-r-1");
  EXPECT_EQ(*workshop_->ReleaseOf(CellHead()), "seed");
  EXPECT_TRUE(workshop_->MergeRevert(after, CellHead(), before)->is_unchanged)
      << "its owner was faster";

  const auto again = Merge(release, "r-1", base_.tree);
  ASSERT_THAT(again.conflicts, IsEmpty());
  EXPECT_FALSE(again.is_unchanged);
  EXPECT_EQ(InTree(again.tree, "index.html") + "\n", Page({{2, "later edit"}, {10, "HQ's line"}}));
}

TEST_F(WorkshopTest, ARevertOfWhatTheCellChangedSinceIsAConflict) {
  hq_.Put("site/index.html", Page({{10, "HQ's line"}}));
  const std::string before = *workshop_->TreeOf(CellHead());
  const std::string landed = Land(Merge(Release("release-1"), "r-1", base_.tree).tree, "hq/r-1");
  cell_.Put("index.html", Page({{10, "the cell's line"}}));
  cell_.Commit("later");
  const auto revert = workshop_->MergeRevert(*workshop_->TreeOf(landed), CellHead(), before);
  ASSERT_TRUE(revert.ok()) << revert.status();
  EXPECT_THAT(revert->conflicts, ElementsAre("index.html"));
}

TEST_F(WorkshopTest, AMergeThatWouldBreakAFileIsAConflict) {
  const auto list = [](const std::string& a, const std::string& b, const std::string& c,
                       const std::string& d) {
    return "[\n" + a + "\n\"p\",\n" + b + "\n\"q\",\n" + c + "\n\"r\",\n" + d + "\n]\n";
  };
  hq_.Put("site/data.json", list("\"a\",", "\"b\",", "\"c\",", "\"d\""));
  const auto first = Release("release-1");
  Land(Merge(first, "r-1", base_.tree).tree, "hq/r-1");
  // Each side is JSON; together they are not.
  cell_.Put("data.json", list("[\"a\",", "\"b\",", "\"c\"],", "\"d\""));
  cell_.Commit("our own");
  hq_.Put("site/data.json", list("\"a\",", "{\"k\":[\"b\",", "\"c\",", "\"d\"]}"));
  const auto report = Merge(Release("release-2"), "r-2", first.tree);
  EXPECT_THAT(report.conflicts, ElementsAre("data.json"));
  EXPECT_THAT(report.conflict_text, HasSubstr("is not JSON after the merge"));

  hq_.Put("site/data.json", list("\"a\",", "\"b\",", "\"c\",", "\"d\""));
  hq_.Put("site/half.html", "<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> topic\n");
  const auto half_done = Merge(Release("release-3"), "r-3", first.tree);
  EXPECT_THAT(half_done.conflicts, ElementsAre("half.html"));
}

TEST_F(WorkshopTest, WhatIsNoTextMakesAReadableReport) {
  hq_.Put("site/index.html", Page({{10, "HQ \xff\xfe"}}));
  cell_.Put("index.html", Page({{10, "the cell \xff"}}));
  cell_.Commit("our own");
  const auto report = Merge(Release("release-1"), "r-1", base_.tree);
  EXPECT_THAT(report.conflicts, ElementsAre("index.html"));
  EXPECT_THAT(report.conflict_text, HasSubstr("HQ \xef\xbf\xbd\xef\xbf\xbd"));
}

}  // namespace
}  // namespace hq::sync
