// Goal: the ledger refuses before its disk is full, keeps room for what must still be said, and
// says once that it came to that. Method: a small file system in memory, filled and emptied.
#include "services/ledger/adapters/disk_watch.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "tests/support/eventually.hpp"
#include "tests/support/small_disk.hpp"

namespace hq::ledger {
namespace {

constexpr std::uint64_t kMiB = 1ULL << 20;

class DiskWatchTest : public ::testing::Test {
 protected:
  void Open(std::uint64_t reserve_mib = 16, std::uint64_t ballast_mib = 8) {
    running_ = {};
    watch_ = *DiskWatch::Open(disk_.path(), {reserve_mib * kMiB, ballast_mib * kMiB}, metrics_);
    watch_->SetReport([this](const v1::LedgerError& error) {
      std::lock_guard lock(mutex_);
      if (is_refusing_) return false;
      reports_.push_back(error.reason());
      return true;
    });
    running_ = std::jthread([this](std::stop_token stop) { watch_->Run(stop); });
  }

  bool Takes(const std::string& stream) {
    v1::AppendRequest request;
    request.add_appends()->set_stream(stream);
    return watch_->Admit(request).ok();
  }
  // What the watch has seen is at most 100 ms old.
  bool ComesToTake(bool ordinary, bool system) {
    return testing::Eventually(
        [&] { return Takes("entry-koosy") == ordinary && Takes("kill_switch-global") == system; });
  }
  std::vector<std::string> Reports() {
    std::lock_guard lock(mutex_);
    return reports_;
  }
  bool HasBallast() const { return std::filesystem::exists(disk_.path() + "/ballast"); }
  v1::DiskStatus Status() {
    v1::LedgerStatus status;
    watch_->Fill(status);
    return status.disk();
  }

  testing::SmallDisk disk_{64 * kMiB};
  runtime::Metrics metrics_;
  std::mutex mutex_;
  bool is_refusing_ = false;
  std::vector<std::string> reports_;
  std::unique_ptr<DiskWatch> watch_;
  std::jthread running_;
};

TEST_F(DiskWatchTest, KeepsAReserveAndGivesUpItsBallastLast) {
  Open();
  EXPECT_TRUE(HasBallast());
  EXPECT_EQ(Status().state(), v1::DISK_STATE_AMPLE);
  EXPECT_EQ(Status().ballast_bytes(), 8 * kMiB);
  EXPECT_LE(disk_.FreeBytes(), 56 * kMiB) << "the ballast takes real room";

  disk_.FillUntilFree(15 * kMiB);
  EXPECT_TRUE(ComesToTake(false, true));
  EXPECT_TRUE(HasBallast());
  EXPECT_EQ(Status().state(), v1::DISK_STATE_RESERVE);
  EXPECT_TRUE(testing::Eventually([&] { return Reports().size() == 1; }));
  EXPECT_EQ(Reports(), std::vector<std::string>{"DISK_LOW"});

  disk_.FillUntilFree(3 * kMiB);
  EXPECT_TRUE(testing::Eventually([&] { return Reports().size() == 2; }));
  EXPECT_EQ(Reports().back(), "BALLAST_RELEASED");
  EXPECT_FALSE(HasBallast());
  EXPECT_TRUE(ComesToTake(false, true)) << "the ballast's room is for system events";
  EXPECT_EQ(Status().ballast_bytes(), 0u);

  disk_.FillUntilFree(3 * kMiB);
  EXPECT_TRUE(ComesToTake(false, false)) << "below the floor nothing is taken";
  EXPECT_EQ(Status().state(), v1::DISK_STATE_FLOOR);

  disk_.Empty();
  EXPECT_TRUE(ComesToTake(true, true));
  disk_.FillUntilFree(15 * kMiB);
  EXPECT_TRUE(testing::Eventually([&] { return Reports().size() == 3; }));
  EXPECT_EQ(Reports().back(), "DISK_LOW") << "a new shortage is told again";
}

TEST_F(DiskWatchTest, MakesABallastOnlyWhereThatLeavesTheReserve) {
  disk_.FillUntilFree(23 * kMiB);
  Open();
  EXPECT_FALSE(HasBallast());
  EXPECT_TRUE(Takes("entry-koosy"));
  disk_.Empty();
  Open();
  EXPECT_TRUE(HasBallast());
  Open();
  EXPECT_EQ(Status().ballast_bytes(), 8 * kMiB) << "one that is there is kept";
}

TEST_F(DiskWatchTest, TellsAgainUntilItIsRecorded) {
  {
    std::lock_guard lock(mutex_);
    is_refusing_ = true;
  }
  disk_.FillUntilFree(10 * kMiB);
  Open();
  EXPECT_TRUE(ComesToTake(false, true));
  EXPECT_TRUE(Reports().empty());
  {
    std::lock_guard lock(mutex_);
    is_refusing_ = false;
  }
  EXPECT_TRUE(testing::Eventually([&] { return Reports().size() == 1; }));
}

TEST_F(DiskWatchTest, WithoutAReserveItRefusesNothing) {
  Open(0, 0);
  EXPECT_FALSE(HasBallast());
  disk_.FillUntilFree(1);
  EXPECT_TRUE(testing::Eventually([&] { return Status().free_bytes() < kMiB; }));
  EXPECT_TRUE(Takes("entry-koosy"));
}

TEST(DiskWatch, SaysWhereItCannotLook) {
  runtime::Metrics metrics;
  EXPECT_TRUE(absl::IsUnavailable(DiskWatch::Open("/no/such/place", {}, metrics).status()));
}

}  // namespace
}  // namespace hq::ledger
