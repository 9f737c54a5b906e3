// The franchise's content does to the cells what the demo's story needs, shown by real merges.
#include <gtest/gtest.h>

#include <map>

#include "tests/local/shell.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {
namespace {

const std::vector<std::string> kCells = {"papafly", "koosy", "bari", "dalmoi", "haneul"};

// One repository in which HQ and all cells meet; trees are Git tree ids without hq-release.json.
class FranchiseTest : public ::testing::Test {
 protected:
  struct Merge {
    bool is_clean = false;
    std::string tree;
  };

  void SetUp() override {
    MustShell(std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/seed.sh " + (folder_ / "f"));
    MustShell("git init -q --bare " + (folder_ / "all.git"));
    Git("fetch -q " + (folder_ / "f/repos/dtslib/hq.git") + " 'refs/tags/*:refs/tags/*'");
    for (const auto& cell : kCells)
      Git("fetch -q " + (folder_ / "f/repos/dtslib/") + cell + ".git main:refs/heads/" + cell);
  }

  std::string Git(const std::string& arguments) const {
    return MustShell("cd " + (folder_ / "all.git") + " && git -c user.name=t -c user.email=t " +
                     arguments);
  }

  std::string Without(const std::string& tree, const std::string& file) const {
    return Git("ls-tree " + tree + " | grep -v '\t" + file + "$' | git mktree");
  }
  std::string Site(int release) const {
    return Without("release-" + std::to_string(release) + ":site", "hq-manifest.json");
  }
  std::string CellTree(const std::string& cell) const {
    return Without("'" + cell + "^{tree}'", "hq-release.json");
  }

  Merge MergeTrees(const std::string& base, const std::string& ours,
                   const std::string& theirs) const {
    const std::string parent = Git("commit-tree " + base + " -m base");
    const std::string left = Git("commit-tree " + ours + " -p " + parent + " -m ours");
    const std::string right = Git("commit-tree " + theirs + " -p " + parent + " -m theirs");
    const ShellResult merged =
        Shell("git -C " + (folder_ / "all.git") + " merge-tree --write-tree " + left + " " + right);
    return {merged.exit_code == 0, merged.output.substr(0, 40)};
  }

  bool Holds(const std::string& tree, const std::string& text) const {
    return Shell("git -C " + (folder_ / "all.git") + " grep -q '" + text + "' " + tree).exit_code ==
           0;
  }
  bool HasFile(const std::string& tree, const std::string& path) const {
    return !Git("ls-tree --name-only " + tree + " -- " + path).empty();
  }

  TempDir folder_;
};

TEST_F(FranchiseTest, SeedingIsDeterministicAndLeavesWhatIsThere) {
  const std::string seed = std::string(HQ_SOURCE_DIR) + "/deploy/local/franchise/seed.sh ";
  MustShell(seed + (folder_ / "again"));
  const std::string heads = "for r in repos/dtslib/*.git; do git -C $r rev-parse main; done";
  EXPECT_EQ(MustShell("cd " + (folder_ / "again") + " && " + heads),
            MustShell("cd " + (folder_ / "f") + " && " + heads));
  EXPECT_NE(MustShell(seed + (folder_ / "f")).find("left as it is"), std::string::npos);
}

TEST_F(FranchiseTest, EveryReleaseDoesWhatTheStoryNeeds) {
  std::map<std::string, std::string> tree, base;
  for (const auto& cell : kCells) {
    tree[cell] = CellTree(cell);
    base[cell] = Site(0);
    const std::string name = Git("show " + cell + ":index.html | grep '<h1>'");
    const Merge one = MergeTrees(base[cell], tree[cell], Site(1));
    ASSERT_TRUE(one.is_clean) << cell;
    EXPECT_EQ(Git("show " + one.tree + ":index.html | grep '<h1>'"), name);
    tree[cell] = one.tree;
    base[cell] = Site(1);
  }
  for (const auto& cell : kCells) {
    const Merge two = MergeTrees(base[cell], tree[cell], Site(2));
    EXPECT_EQ(two.is_clean, cell != "haneul") << cell;
    if (!two.is_clean) continue;
    tree[cell] = two.tree;
    base[cell] = Site(2);
  }
  for (const std::string cell : {"papafly", "koosy"}) {
    const Merge three = MergeTrees(base[cell], tree[cell], Site(3));
    ASSERT_TRUE(three.is_clean) << cell;
    EXPECT_FALSE(HasFile(three.tree, "assets/old-banner.svg")) << cell;
    EXPECT_EQ(Holds(three.tree, "old-banner.svg"), cell == "koosy") << cell;
    const Merge reverted = MergeTrees(three.tree, three.tree, tree[cell]);
    EXPECT_EQ(reverted.tree, tree[cell]);
  }
  for (const auto& cell : kCells) {
    const Merge four = MergeTrees(base[cell], tree[cell], Site(4));
    ASSERT_TRUE(four.is_clean) << cell;
    EXPECT_TRUE(HasFile(four.tree, "assets/old-banner.svg")) << cell;
  }
}

}  // namespace
}  // namespace hq::testing
