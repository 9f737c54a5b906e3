#include "common/runtime/child.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.hpp"

namespace hq::runtime {
namespace {

constexpr std::chrono::seconds kPatience(30);

std::string ContentOf(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(ChildTest, IsFoundByNameGetsItsEnvironmentAloneAndLeavesItsOutputAndExitCode) {
  const testing::TempDir directory;
  auto child = Child::Spawn({"bash", "-c", "echo \"$A${HOME-none}\"; echo lost >&2; exit 3"},
                            {{"A", "given "}}, directory / "log", directory / "errors");
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(child->WaitFor(kPatience).value_or(-1), 3);
  EXPECT_EQ(child->Ended(), 3);
  EXPECT_EQ(ContentOf(directory / "log"), "given none\n");
  EXPECT_EQ(ContentOf(directory / "errors"), "lost\n");
}

TEST(ChildTest, TellsTheSignalThatEndedIt) {
  const testing::TempDir directory;
  auto child = Child::Spawn({"sleep", "1000"}, OwnEnvironment(), directory / "log");
  ASSERT_TRUE(child.ok()) << child.status();
  EXPECT_EQ(child->Ended(), std::nullopt);
  EXPECT_EQ(child->WaitFor(std::chrono::milliseconds(0)).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  child->Signal(SIGTERM);
  EXPECT_EQ(child->WaitFor(kPatience).value_or(-1), Child::kSignalled + SIGTERM);
}

TEST(ChildTest, EndsWithItsObject) {
  const testing::TempDir directory;
  auto child = Child::Spawn({"sleep", "1000"}, OwnEnvironment(), directory / "log");
  ASSERT_TRUE(child.ok()) << child.status();
  const pid_t process = child->process();
  *child = Child();
  EXPECT_EQ(kill(process, 0), -1);
}

TEST(ChildTest, AProgramThatIsNotThereIsRefused) {
  const testing::TempDir directory;
  const auto child = Child::Spawn({"no-such-program"}, {}, directory / "log");
  EXPECT_EQ(child.status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace hq::runtime
