// Goal: on a disk that is full to the last byte, with no reserve left, the ledger acknowledges
// nothing that it does not have, and with room again it has everything that it acknowledged.
// Method: the real process on a small file system in memory, without a reserve or a ballast, under
// clients that append and store content; the disk is filled while they do, the ledger started on it
// while it is full, and again when there is room, over and over.
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "tests/crash/crash_trial.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::testing {
namespace {

constexpr std::uint64_t kMebibyte = 1ULL << 20;

// One disk and the ledger on it.
class FullDisk {
 public:
  explicit FullDisk(std::mt19937_64& random) : random_(random) {
    trial_.ledger().Set("HQ_DATA_DIR", disk_.path() + "/data");
    trial_.ledger().Set("HQ_DISK_RESERVE_BYTES", "0");
    trial_.ledger().Set("HQ_BALLAST_BYTES", "0");
  }

  void Run() {
    trial_.Begin(3);
    trial_.ledger().Start();
    ASSERT_TRUE(trial_.AwaitMore(20)) << trial_.ledger().Log();
    disk_.Fill();
    PutContentUntilItEnds();
    trial_.ledger().Kill();
    // It may refuse to open, or open and end at its first write; it must not make things worse.
    trial_.ledger().Launch();
    trial_.AwaitMoment(std::chrono::milliseconds(random_() % 2'000));
    trial_.ledger().Kill();
    disk_.Empty();
    trial_.ledger().Start();
    ASSERT_TRUE(trial_.AwaitMore(5)) << trial_.ledger().Log();
    EXPECT_EQ(CheckContent(), absl::OkStatus());
    trial_.ExpectNothingIsLost();
    EXPECT_EQ(trial_.ledger().Stop(), 0) << trial_.ledger().Log();
  }

 private:
  // Large content, until the room that RocksDB has taken beforehand is used up too.
  void PutContentUntilItEnds() {
    ledger::LedgerClient log(trial_.ledger().address(), TokenOf("ann"));
    const auto put_and_fill = [&] {
      std::string content(kMebibyte, '\0');
      for (char& byte : content) byte = static_cast<char>(random_());
      const auto put = log.PutBlob(content);
      if (put.ok()) put_.push_back(*put);
      disk_.Fill();
      return trial_.ledger().HasEnded();
    };
    EXPECT_TRUE(Eventually(put_and_fill, std::chrono::seconds(60))) << trial_.ledger().Log();
  }

  Status CheckContent() {
    ledger::LedgerClient log(trial_.ledger().address(), TokenOf("ann"));
    for (const std::string& sha256 : put_) HQ_RETURN_IF_ERROR(log.GetBlob(sha256).status());
    return absl::OkStatus();
  }

  std::mt19937_64& random_;
  SmallDisk disk_{160 * kMebibyte};
  CrashTrial trial_;
  std::vector<std::string> put_;  // Digests of content that was acknowledged.
};

TEST(FullToTheLastByteSoak, NothingAcknowledgedIsLost) {
  std::mt19937_64 random(Seed());
  for (int round = 0; round < Rounds(1, 50); ++round) {
    FullDisk(random).Run();
    ASSERT_FALSE(HasFailure());
  }
}

}  // namespace
}  // namespace hq::testing
