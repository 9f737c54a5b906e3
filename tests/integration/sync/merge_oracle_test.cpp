// Our merges against git's own: random trees, the same verdict, the same tree or the same paths in
// conflict. HQ_TEST_SEED repeats a run, HQ_TEST_CASES makes it longer.
#include <cstdlib>
#include <iostream>
#include <random>

#include "services/sync/adapters/tree_merge.hpp"
#include "tests/integration/sync/workshop_fixture.hpp"

namespace hq::sync {
namespace {

using Lines = std::vector<std::string>;
using Tree = std::map<std::string, Lines>;

std::uint64_t NumberFrom(const char* variable, std::uint64_t fallback) {
  const char* text = std::getenv(variable);
  return text ? std::strtoull(text, nullptr, 10) : fallback;
}

// Lines are never the same twice, so that there is one way only to see what was changed.
class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(seed) {}

  std::uint64_t Below(std::uint64_t limit) { return random_() % limit; }
  std::string Line() { return "line " + std::to_string(++lines_); }

  Lines File() {
    Lines lines;
    for (std::uint64_t n = 3 + Below(25); n > 0; --n) lines.push_back(Line());
    return lines;
  }

  Tree FirstTree() {
    Tree tree;
    for (const std::string name : {"a", "b", "c", "d/e", "d/f", "g"})
      if (Below(5) != 0) tree[name] = File();
    return tree;
  }

  // What one side makes of the base.
  Tree Edited(Tree tree) {
    for (const std::string name : {"a", "b", "c", "d/e", "d/f", "g"}) {
      const bool is_there = tree.contains(name);
      if (!is_there && Below(6) == 0) tree[name] = File();
      if (is_there && Below(10) == 0) tree.erase(name);
      if (is_there && tree.contains(name))
        for (std::uint64_t n = Below(4); n > 0; --n) EditLine(tree[name]);
    }
    return tree;
  }

 private:
  void EditLine(Lines& lines) {
    const auto at = static_cast<std::ptrdiff_t>(Below(lines.size() + 1));
    const bool is_end = at == static_cast<std::ptrdiff_t>(lines.size());
    if (is_end || Below(3) == 0) {
      lines.insert(lines.begin() + at, Line());
    } else if (lines.size() > 1 && Below(2) == 0) {
      lines.erase(lines.begin() + at);
    } else {
      lines[static_cast<std::size_t>(at)] = Line();
    }
  }

  std::mt19937_64 random_;
  std::uint64_t lines_ = 0;
};

class MergeOracle : public WorkshopTest {
 protected:
  void SetUp() override {
    WorkshopTest::SetUp();
    auto objects = GitObjects::Open(folder_ / "workshop");
    ASSERT_TRUE(objects.ok()) << objects.status();
    objects_ = std::make_unique<GitObjects>(*std::move(objects));
    root_ = CellHead();
  }

  GitTree Write(const Tree& tree) const {
    GitFiles files;
    for (const auto& [path, lines] : tree) {
      std::string content;
      for (const auto& line : lines) content += line + "\n";
      GitFile& file = files[path];
      file.mode = GIT_FILEMODE_BLOB;
      EXPECT_EQ(
          git_blob_create_from_buffer(&file.blob, objects_->raw(), content.data(), content.size()),
          0);
    }
    auto written = objects_->WriteTree(files);
    EXPECT_TRUE(written.ok()) << written.status();
    return *std::move(written);
  }

  std::string CommitOf(const GitTree& tree, const std::string& parent) const {
    return *objects_->WriteCommit(GitName(tree.get()), parent, "oracle", FromMicros(0));
  }

  // The merged tree, or the paths in conflict, one a line.
  std::string OursSays(const ThreeTrees& trees) const {
    const auto merged = MergeTrees(*objects_, trees);
    EXPECT_TRUE(merged.ok()) << merged.status();
    if (merged->tree) return GitName(merged->tree.get());
    std::string paths = "conflict";
    for (const auto& conflict : merged->conflicts) paths += "\n" + conflict.path;
    return paths;
  }

  std::string GitSays(const ThreeTrees& trees) const {
    const std::string base = CommitOf(trees.base, root_);
    const auto merged = testing::Shell(
        "export GIT_CONFIG_GLOBAL=/dev/null; git --git-dir=" + (folder_ / "workshop") +
        " -c merge.renames=false -c merge.directoryRenames=false merge-tree --write-tree"
        " --name-only --no-messages " +
        CommitOf(trees.ours, base) + " " + CommitOf(trees.theirs, base));
    if (merged.exit_code == 0) return merged.output;
    EXPECT_EQ(merged.exit_code, 1) << merged.output;
    return "conflict" + merged.output.substr(40);
  }

  std::unique_ptr<GitObjects> objects_;
  std::string root_;
};

TEST_F(MergeOracle, GitMergesTheSame) {
  const std::uint64_t seed = NumberFrom("HQ_TEST_SEED", std::random_device()());
  const std::uint64_t cases = NumberFrom("HQ_TEST_CASES", 80);
  std::cout << "HQ_TEST_SEED=" << seed << "\n";
  Author author(seed);
  int clean = 0;
  int in_conflict = 0;
  for (std::uint64_t i = 0; i < cases; ++i) {
    const Tree base = author.FirstTree();
    ThreeTrees trees;
    trees.base = Write(base);
    trees.ours = Write(author.Edited(base));
    trees.theirs = Write(author.Edited(base));
    const std::string ours = OursSays(trees);
    ASSERT_EQ(ours, GitSays(trees)) << "case " << i << " of seed " << seed;
    ++(ours.starts_with("conflict") ? in_conflict : clean);
  }
  EXPECT_GT(clean, 0) << "seed " << seed;
  EXPECT_GT(in_conflict, 0) << "seed " << seed;
}

}  // namespace
}  // namespace hq::sync
