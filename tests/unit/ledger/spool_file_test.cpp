#include "services/ledger/adapters/spool_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "common/base/ids.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::ledger {
namespace {

std::vector<std::string> LinesOf(SpoolFile& file, std::size_t bytes_max = 1'000'000) {
  SpoolFile::Lines lines(file, bytes_max);
  std::vector<std::string> found;
  for (;;) {
    const auto line = lines.Next();
    if (!line.ok() || !*line) {
      EXPECT_TRUE(line.ok()) << line.status();
      return found;
    }
    EXPECT_EQ((*line)->number, found.size() + 1);
    found.push_back(std::string((*line)->text) + ((*line)->is_cut ? "…" : ""));
  }
}

class SpoolFileTest : public ::testing::Test {
 protected:
  std::unique_ptr<SpoolFile> Made(std::string_view content) {
    auto file = SpoolFile::Create(directory_ / "spool", 0);
    EXPECT_TRUE(file.ok() && (*file)->Append(content).ok());
    return *std::move(file);
  }
  testing::TempDir directory_;
};

TEST_F(SpoolFileTest, GivesBackTheLines) {
  using List = std::vector<std::string>;
  EXPECT_EQ(LinesOf(*Made("")), List());
  EXPECT_EQ(LinesOf(*Made("\n")), List({""}));
  EXPECT_EQ(LinesOf(*Made("a\n\nb\r\n")), List({"a", "", "b\r"}));
  EXPECT_EQ(LinesOf(*Made("a\nlast")), List({"a", "last"}));
  EXPECT_EQ(LinesOf(*Made("abcde\nfg\nhijkl"), 3), List({"abc…", "fg", "hij…"}));
  EXPECT_EQ(LinesOf(*Made("abc\ndef"), 3), List({"abc", "def"}));
}

TEST_F(SpoolFileTest, LinesOfAnyLengthInPartsOfAnyLength) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<std::string> expected;
  std::string content;
  for (int i = 0; i < 200; ++i) {
    const std::size_t length = random() % 20 == 0 ? random() % 600'000 : random() % 100;
    expected.emplace_back(length, static_cast<char>('a' + i % 26));
    content += expected.back() + "\n";
  }
  auto file = SpoolFile::Create(directory_ / "spool", 0);
  ASSERT_TRUE(file.ok()) << file.status();
  for (std::size_t at = 0; at < content.size();) {
    const std::size_t part = 1 + random() % 300'000;
    ASSERT_TRUE((*file)->Append(std::string_view(content).substr(at, part)).ok());
    at += part;
  }
  EXPECT_EQ((*file)->size(), content.size());
  EXPECT_EQ((*file)->Finish(), Sha256(content));
  EXPECT_EQ(LinesOf(**file), expected) << "seed " << seed;
  EXPECT_EQ(LinesOf(**file), expected) << "seed " << seed;  // Again from the beginning.
}

TEST_F(SpoolFileTest, LeavesNothingBehindAndTheDiskItsReserve) {
  const auto file = Made("x\n");
  EXPECT_TRUE(std::filesystem::is_empty(directory_ / "spool"));
  auto careful = SpoolFile::Create(directory_ / "spool", 1ULL << 60);
  ASSERT_TRUE(careful.ok());
  const Status status = (*careful)->Append("x");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  EXPECT_EQ(AdviceOf(status).reason, "DISK_NEARLY_FULL");
  EXPECT_EQ(SpoolFile::Create("/proc/none", 0).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace hq::ledger
