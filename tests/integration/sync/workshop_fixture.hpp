// A workshop between an HQ repository and a cell's, all real and on disk; every test of the
// workshop starts from a cell seeded with release-0.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "services/sync/adapters/git_workshop.hpp"
#include "tests/integration/sync/bare_repository.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::sync {

// "title", then `lines` numbered ones; line n can be replaced.
inline std::string Page(const std::map<int, std::string>& replaced = {}) {
  std::string page;
  constexpr int kLines = 20;
  for (int n = 1; n <= kLines; ++n) {
    const auto it = replaced.find(n);
    page += (it == replaced.end() ? "line " + std::to_string(n) : it->second) + "\n";
  }
  return page;
}

class WorkshopTest : public ::testing::Test {
 protected:
  static constexpr char kManifest[] = R"({"paths":[
      {"path":"assets/**","ownership":"hq_owned"},
      {"path":"content/**","ownership":"create_once"}]})";

  void SetUp() override {
    workshop_ = OpenWorkshop("workshop");
    hq_.Put("site/hq-manifest.json", kManifest);
    hq_.Put("site/index.html", Page());
    hq_.Put("site/assets/hq.css", "body { color: red }\n");
    hq_.Put("site/content/welcome.html", "welcome from HQ\n");
    base_ = Release("release-0");
    cell_.Put("index.html", Page());
    cell_.Put("assets/hq.css", "body { color: red }\n");
    cell_.Put("content/welcome.html", "welcome from HQ\n");
    cell_.Put("hq-release.json", "{\"release\":\"seed\"}\n");
    cell_.Commit("seed");
  }

  std::unique_ptr<GitWorkshop> OpenWorkshop(const std::string& name) {
    GitWorkshop::Settings settings;
    settings.folder = folder_ / name;
    settings.hq_repo = hq_.path();
    settings.git_base_url = "https://github.com";
    auto opened = GitWorkshop::Open(settings);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  // Commits and tags what hq_ holds, and reads it as a release.
  ReleaseTree Release(const std::string& tag) {
    hq_.Commit(tag);
    hq_.Git("tag " + tag);
    const auto commit = workshop_->FetchHq(tag);
    EXPECT_TRUE(commit.ok()) << commit.status();
    const auto release = workshop_->ReadRelease(*commit);
    EXPECT_TRUE(release.ok()) << release.status();
    return *release;
  }

  std::string CellHead() {
    const auto head = workshop_->FetchCell("koosy", cell_.path());
    EXPECT_TRUE(head.ok()) << head.status();
    return *head;
  }

  MergeReport Merge(const ReleaseTree& release, const std::string& release_id,
                    const std::string& base_tree) {
    const auto report =
        workshop_->MergeRelease(base_tree, CellHead(), release.tree, release_id, release.manifest);
    EXPECT_TRUE(report.ok()) << report.status();
    return *report;
  }

  // Pushes a merged tree as a topic branch and makes it the cell's head; the commit.
  std::string Land(const std::string& tree, const std::string& topic_branch) {
    const auto commit = workshop_->Commit(tree, CellHead(), topic_branch, FromMicros(0));
    EXPECT_TRUE(commit.ok()) << commit.status();
    const Status pushed = workshop_->Push(cell_.path(), topic_branch, *commit, "");
    EXPECT_TRUE(pushed.ok()) << pushed;
    cell_.Git("reset -q --hard " + *commit);
    return *commit;
  }

  std::string InTree(const std::string& tree, const std::string& path) const {
    return testing::MustShell("git --git-dir=" + (folder_ / "workshop") + " cat-file -p " + tree +
                              ":" + path);
  }
  std::string FilesOf(const std::string& tree) const {
    return testing::MustShell("git --git-dir=" + (folder_ / "workshop") +
                              " ls-tree -r --name-only " + tree);
  }

  testing::TempDir folder_;
  testing::BareRepository hq_{folder_ / "dtslib/hq.git"};
  testing::BareRepository cell_{folder_ / "dtslib/koosy.git"};
  std::unique_ptr<GitWorkshop> workshop_;
  ReleaseTree base_;
};

}  // namespace hq::sync
