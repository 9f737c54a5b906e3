// Goal: whatever an archive is, what was put into it comes back or is refused, is listed in order
// and page by page, and is never overwritten. Method: one suite on a directory and on a real S3
// server that checks signatures.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/s3_archive.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/swift_server.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {
namespace {

using ledger::Archive;
using ledger::DirectoryArchive;
using ledger::S3Archive;
using ledger::S3Settings;

// One for all tests of this program: starting it takes seconds.
SwiftServer& Swift() {
  static SwiftServer* const server = new SwiftServer;  // Its processes end with this one.
  return *server;
}

S3Settings SettingsOf(const SwiftServer& server) {
  S3Settings settings;
  settings.endpoint = server.endpoint();
  settings.bucket = "hq-backup";
  settings.region = SwiftServer::Region();
  settings.access_key = SwiftServer::AccessKey();
  settings.secret_key = SwiftServer::SecretKey();
  settings.page_size = 3;
  settings.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(20)};
  return settings;
}

class ArchiveContract : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (GetParam() == "Directory") {
      archive_ = std::make_unique<DirectoryArchive>(directory_ / "archive");
      return;
    }
    ASSERT_TRUE(SwiftServer::IsInstalled()) << "Swift is not installed: ./dev setup installs it";
    archive_ = std::make_unique<S3Archive>(SettingsOf(Swift()), clock_);
    // Names of this test alone.
    folder_ = std::string(::testing::UnitTest::GetInstance()->current_test_info()->name());
    folder_ = "t-" + std::to_string(std::hash<std::string>()(folder_)) + "/";
  }

  std::string Name(const std::string& rest) const { return folder_ + rest; }

  SystemClock clock_;
  TempDir directory_;
  std::string folder_;
  std::unique_ptr<Archive> archive_;
};

TEST_P(ArchiveContract, WhatWasPutComesBack) {
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  int number = 0;
  for (const std::size_t size : {1UL, 100UL, 70'000UL, 3'000'000UL}) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const std::string name = Name("segments/" + std::to_string(++number) + "-a_b.seg");
    ASSERT_EQ(archive_->Put(name, bytes), absl::OkStatus());
    const auto back = archive_->Get(name);
    ASSERT_TRUE(back.ok()) << back.status();
    EXPECT_TRUE(*back == bytes) << size;
  }
  ASSERT_EQ(archive_->Put(Name("empty"), ""), absl::OkStatus());
  EXPECT_EQ(archive_->Get(Name("empty")).value_or("not there"), "");
}

TEST_P(ArchiveContract, TheSameAgainIsTakenAndSomethingElseIsNot) {
  const std::string name = Name("forks/0000000002");
  ASSERT_EQ(archive_->Put(name, "first"), absl::OkStatus());
  EXPECT_EQ(archive_->Put(name, "first"), absl::OkStatus());
  const Status refused = archive_->Put(name, "other");
  EXPECT_EQ(refused.code(), absl::StatusCode::kAlreadyExists) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "ARCHIVE_DIVERGED");
  EXPECT_EQ(archive_->Get(name).value_or(""), "first");
}

TEST_P(ArchiveContract, WhatWasNeverPutIsNotThere) {
  const Status none = archive_->Get(Name("nothing")).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kNotFound) << none;
  EXPECT_EQ(AdviceOf(none).reason, "NOT_IN_ARCHIVE");
  const auto names = archive_->List(Name("nothing/"));
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_TRUE(names->empty());
}

TEST_P(ArchiveContract, NamesThatAreNoneAreRefused) {
  for (const char* name : {"", "/a", "a/", "../a", "a/../b", "a b", "a%2fb", "a?b=c"}) {
    for (const Status& refused : {archive_->Put(name, "x"), archive_->Get(name).status()}) {
      EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << name << ": " << refused;
      EXPECT_EQ(AdviceOf(refused).reason, "INVALID_NAME") << name;
    }
  }
}

TEST_P(ArchiveContract, TheListIsSortedAndWhole) {
  std::vector<std::string> expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back(Name("list/" + std::to_string(i) + "/x"));
    ASSERT_EQ(archive_->Put(expected.back(), "x"), absl::OkStatus());
  }
  ASSERT_EQ(archive_->Put(Name("lisu"), "x"), absl::OkStatus());
  const auto names = archive_->List(Name("list/"));
  ASSERT_TRUE(names.ok()) << names.status();
  EXPECT_EQ(*names, expected);
  EXPECT_EQ(archive_->List(Name("list/7"))->size(), 1U);
  EXPECT_EQ(archive_->List(Name("lis"))->size(), 11U);
}

TEST_P(ArchiveContract, OfManyWhoPutOneNameOneContentStays) {
  constexpr int kRivals = 4;
  std::atomic<int> taken = 0;
  std::atomic<int> refused = 0;
  {
    std::vector<std::jthread> rivals;
    for (int rival = 0; rival < kRivals; ++rival)
      rivals.emplace_back([&, rival] {
        const Status status = archive_->Put(Name("race"), "content " + std::to_string(rival));
        taken += status.ok() ? 1 : 0;
        refused += absl::IsAlreadyExists(status) ? 1 : 0;
      });
  }
  EXPECT_EQ(taken + refused, kRivals);
  // Swift knows no conditional writes; S3 and R2 do.
  EXPECT_LE(taken, GetParam() == "Directory" ? 1 : kRivals);
  EXPECT_GE(taken, 1);
  EXPECT_TRUE(archive_->Get(Name("race")).ok());
}

INSTANTIATE_TEST_SUITE_P(, ArchiveContract, ::testing::Values("Directory", "S3"),
                         [](const auto& test) { return test.param; });

TEST(DirectoryArchiveTest, WhatIsBeingWrittenIsNotListedAndNotRead) {
  const TempDir directory;
  DirectoryArchive archive(directory.path());
  ASSERT_EQ(archive.Put("segments/a", "x"), absl::OkStatus());
  std::ofstream(directory / "segments/being written by somebody") << "half";
  EXPECT_EQ(archive.List("segments/")->size(), 1U);
}

TEST(DirectoryArchiveTest, WhatAKilledProcessLeftUnfinishedGoesWithTheNextOnesFirstFile) {
  const TempDir directory;
  ASSERT_EQ(DirectoryArchive(directory.path()).Put("images/20260116/a", "x"), absl::OkStatus());
  const std::string left = directory / "images/20260116/being written by a process that was killed";
  std::ofstream(left) << "half";
  DirectoryArchive archive(directory.path());
  ASSERT_TRUE(archive.List("").ok());
  EXPECT_TRUE(std::filesystem::exists(left)) << "who only reads takes nothing away";
  ASSERT_EQ(archive.Put("segments/a", "x"), absl::OkStatus());
  EXPECT_FALSE(std::filesystem::exists(left));
  EXPECT_EQ(archive.Get("images/20260116/a").value_or(""), "x");
  std::ofstream(left) << "another's, which is at work";
  ASSERT_EQ(archive.Put("segments/b", "x"), absl::OkStatus());
  EXPECT_TRUE(std::filesystem::exists(left)) << "only with the first";
}

TEST(DirectoryArchiveTest, WhatDoesNotFitLeavesNothingBehind) {
  constexpr std::size_t kMiB = 1 << 20;
  const SmallDisk disk(4 * kMiB);
  DirectoryArchive archive(disk.path());
  ASSERT_EQ(archive.Put("segments/a", "x"), absl::OkStatus());
  const std::uint64_t free_bytes = disk.FreeBytes();
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(AdviceOf(archive.Put("segments/b", std::string(5 * kMiB, 'b'))).reason,
              "ARCHIVE_UNAVAILABLE");
  EXPECT_EQ(disk.FreeBytes(), free_bytes);
  EXPECT_EQ(archive.Put("segments/c", std::string(2 * kMiB, 'c')), absl::OkStatus());
}

TEST(DirectoryArchiveTest, ADiskThatRefusesIsAnArchiveThatIsAway) {
  const TempDir directory;
  std::ofstream(directory / "file") << "a file where the archive's directory should be";
  DirectoryArchive archive(directory / "file");
  EXPECT_EQ(AdviceOf(archive.Put("segments/a", "x")).reason, "ARCHIVE_UNAVAILABLE");
}

TEST(S3ArchiveTest, AWrongKeyIsRefusedAndNotSaid) {
  ASSERT_TRUE(SwiftServer::IsInstalled()) << "Swift is not installed: ./dev setup installs it";
  SystemClock clock;
  S3Settings settings = SettingsOf(Swift());
  settings.secret_key = "a-wrong-secret";
  S3Archive archive(settings, clock);
  for (const Status& refused :
       {archive.Put("x", "x"), archive.Get("x").status(), archive.List("x").status()}) {
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << refused;
    EXPECT_EQ(AdviceOf(refused).reason, "ARCHIVE_REFUSES");
    EXPECT_EQ(refused.ToString().find("wrong-secret"), std::string::npos);
  }
}

TEST(S3ArchiveTest, AServerThatIsAwayIsTriedAgainAndThenAway) {
  SystemClock clock;
  S3Settings settings;
  settings.endpoint = "http://127.0.0.1:1";
  settings.bucket = "hq-backup";
  settings.access_key = "key";
  settings.secret_key = "secret";
  settings.attempts_max = 3;
  settings.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(2)};
  S3Archive archive(settings, clock);
  const Status away = archive.Put("x", "x");
  EXPECT_EQ(away.code(), absl::StatusCode::kUnavailable) << away;
  EXPECT_EQ(AdviceOf(away).reason, "ARCHIVE_UNAVAILABLE");
}

}  // namespace
}  // namespace hq::testing
