// Goal: a drill passes for a backup that can be restored and is where today's tree began, and for
// no other. Method: archives as they should be, and with one thing wrong.
#include "services/ledger/adapters/restore/drill.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/file_io.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ledger::DirectoryArchive;
using ledger::Drill;
using ledger::DrillOrder;
using ledger::SegmentShipper;
using ledger::Shipped;

class DrillTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(history_.Append(600));  // More than two tiles of leaves.
    yesterday_ = history_.end();
    history_.clock().Advance(std::chrono::hours(24));
    ASSERT_NO_FATAL_FAILURE(history_.Append(300));
    Shipped shipped;
    ASSERT_EQ(SegmentShipper(source_, archive_, 20'000).ShipAll({}, shipped), absl::OkStatus());
    fs::create_directories(directory_ / "passing");
    order_.directory = directory_ / "passing";
    order_.log_keys = {history_.PublicKey()};
    order_.as_of_us = history_.TimeAt(yesterday_);
  }

  Result<ledger::DrillReport> Run() {
    const auto open = [this](const std::string& data_dir) {
      ++opened_;
      EXPECT_TRUE(fs::exists(data_dir));
      return opens_;
    };
    auto report = Drill(archive_, order_, open, history_.clock());
    EXPECT_TRUE(fs::is_empty(directory_ / "passing")) << "what is restored goes again";
    return report;
  }

  // To where the clock stands `days` days after the beginning of the newest record's day (UTC).
  void GoToDay(int days) {
    const auto day =
        std::chrono::floor<std::chrono::days>(FromMicros(history_.TimeAt(history_.end())));
    history_.clock().Advance(std::chrono::duration_cast<std::chrono::microseconds>(
        day + std::chrono::days(days) - history_.clock().Now()));
  }

  void ShipImageOf(const std::string& day) {
    const auto shipped = ledger::ShipImage(source_, archive_, day, directory_ / "image",
                                           [] { return absl::OkStatus(); });
    ASSERT_TRUE(shipped.ok()) << shipped.status();
  }

  const std::uint64_t seed_ = std::random_device()();
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
  TempDir directory_;
  SignedHistory history_{seed_};
  MemoryBackupSource source_{history_.ledger(), history_.Signer()};
  DirectoryArchive archive_{directory_ / "archive"};
  Position yesterday_ = 0;
  DrillOrder order_;
  Status opens_;
  int opened_ = 0;
};

TEST_F(DrillTest, YesterdaysBackupIsWhereTodaysTreeBegan) {
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->restored.position, 600U);
  EXPECT_EQ(report->restored_tree.root, *source_.RootAt(600));
  EXPECT_EQ(report->signed_tree.size, 900U);
  EXPECT_EQ(report->signed_tree.root, *source_.RootAt(900));
  EXPECT_GT(report->proof_hashes, 0U);
  EXPECT_FALSE(report->is_all_of_today);
  EXPECT_EQ(opened_, 1);
  EXPECT_NE(report->Format().find("position 600"), std::string::npos) << report->Format();
}

TEST_F(DrillTest, ACheckpointCanBeBroughtAlong) {
  order_.checkpoint = history_.SignTree({700, *source_.RootAt(700)});
  EXPECT_TRUE(Run().ok());
  order_.checkpoint = history_.SignTree({300, *source_.RootAt(300)});  // Older than the backup.
  EXPECT_TRUE(Run().ok());
}

TEST_F(DrillTest, WhereNothingIsOldEnoughAllIsRestored) {
  order_.as_of_us = history_.TimeAt(1) - 1;
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->is_all_of_today);
  EXPECT_EQ(report->restored.position, 900U);
}

TEST_F(DrillTest, AnArchiveWithNothingSinceYesterdayIsStale) {
  order_.as_of_us.reset();
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->restored.position, 600U);
  GoToDay(2);
  EXPECT_EQ(AdviceOf(Run().status()).reason, "ARCHIVE_STALE");
  EXPECT_EQ(opened_, 1) << "nothing is restored for it";
  history_.clock().Advance(std::chrono::microseconds(-1));  // The newest record is yesterday's.
  const auto at_midnight = Run();
  ASSERT_TRUE(at_midnight.ok()) << at_midnight.status();
  EXPECT_EQ(at_midnight->restored.position, 900U);
}

TEST_F(DrillTest, AStaleArchiveIsDrilledForADayThatItHas) {
  GoToDay(10);
  EXPECT_TRUE(Run().ok());
  order_.as_of_us = history_.TimeAt(history_.end());
  EXPECT_TRUE(Run().ok());
  order_.as_of_us = *order_.as_of_us + ToMicros(TimePoint(std::chrono::hours(24)));
  EXPECT_EQ(AdviceOf(Run().status()).reason, "ARCHIVE_STALE");
  order_.as_of_us = ToMicros(history_.clock().Now());
  EXPECT_EQ(AdviceOf(Run().status()).reason, "ARCHIVE_STALE");
}

TEST_F(DrillTest, AnIdleLedgersImagesShowThatItsBackupIsAlive) {
  order_.as_of_us.reset();
  GoToDay(9);
  const std::string two_days_ago = UtcDay(history_.clock().Now() - std::chrono::days(2));
  const std::string yesterday = UtcDay(history_.clock().Now() - std::chrono::days(1));
  ASSERT_NO_FATAL_FAILURE(ShipImageOf(two_days_ago));
  EXPECT_EQ(AdviceOf(Run().status()).reason, "ARCHIVE_STALE");
  ASSERT_NO_FATAL_FAILURE(ShipImageOf(yesterday));
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->restored.position, 900U);
  // Asked for today, where the day's backup may not have come yet.
  order_.as_of_us = ToMicros(history_.clock().Now());
  EXPECT_TRUE(Run().ok());
  fs::remove(directory_ / ("archive/" + ledger::ImageManifestName(yesterday)));  // So it is none.
  EXPECT_EQ(AdviceOf(Run().status()).reason, "ARCHIVE_STALE");
}

TEST_F(DrillTest, ATreeThatIsNotTheSignedOneFails) {
  order_.checkpoint = history_.SignTree({700, *source_.RootAt(701)});
  EXPECT_EQ(AdviceOf(Run().status()).reason, "BACKUP_INCONSISTENT");
  order_.checkpoint = history_.SignTree({300, *source_.RootAt(301)});
  EXPECT_EQ(AdviceOf(Run().status()).reason, "BACKUP_INCONSISTENT");
}

TEST_F(DrillTest, ACheckpointOfAnotherKeyFails) {
  const std::string path = KeyFile(directory_, "other.key", std::string(32, 'o'));
  const auto other =
      ledger::SigningKey::FromFile(path, ledger::LogKeyName(history_.ledger().head.log_id));
  ASSERT_TRUE(other.ok());
  order_.log_keys = {other->PublicKey(ledger::KeyType::kEd25519)};
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kPermissionDenied);
  order_.log_keys.clear();
  EXPECT_EQ(Run().status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(DrillTest, ACheckpointOfWhatWasGivenUpFails) {
  ledger::RestoreOrder restore;
  restore.until.position = yesterday_;
  restore.into = directory_ / "restored";
  restore.why = "a test";
  const auto restored = ledger::Restore(archive_, restore, history_.KeyFor(), history_.clock());
  ASSERT_TRUE(restored.ok()) << restored.status();
  order_.checkpoint = history_.SignTree({yesterday_ + 1, *source_.RootAt(yesterday_ + 1)});
  EXPECT_EQ(AdviceOf(Run().status()).reason, "CHECKPOINT_OF_ANOTHER_LIFE");
  order_.checkpoint.clear();
  EXPECT_EQ(AdviceOf(Run().status()).reason, "NO_CHECKPOINT") << "the archive's are of that, too";
  EXPECT_EQ(opened_, 0) << "nothing is restored for it";
  order_.checkpoint = history_.SignTree({yesterday_, *source_.RootAt(yesterday_)});
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->restored.position, yesterday_) << "what both lives have";
}

TEST_F(DrillTest, AnArchiveWithoutACheckpointNeedsOneBroughtAlong) {
  fs::remove_all(directory_ / "archive");
  MemoryBackupSource nobody_signs(history_.ledger());
  Shipped shipped;
  ASSERT_EQ(SegmentShipper(nobody_signs, archive_, 20'000).ShipAll({}, shipped), absl::OkStatus());
  const Status refused = Run().status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kNotFound) << refused;
  EXPECT_EQ(AdviceOf(refused).reason, "NO_CHECKPOINT") << refused;
  EXPECT_EQ(opened_, 0) << "nothing is restored for it";
  order_.checkpoint = history_.SignTree({700, *source_.RootAt(700)});
  EXPECT_TRUE(Run().ok());
}

TEST_F(DrillTest, AnArchiveThatEndsBeforeTheSignedTreeFails) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  order_.checkpoint = history_.SignTree({901, *source_.RootAt(901)});
  EXPECT_EQ(AdviceOf(Run().status()).reason, "NOT_THAT_FAR");
}

TEST_F(DrillTest, ABackupThatTheLedgerDoesNotOpenFails) {
  opens_ = absl::DataLossError("the chain is broken");
  EXPECT_EQ(Run().status(), opens_);
}

TEST_F(DrillTest, ABrokenSegmentFails) {
  const auto segments = *archive_.List("segments/");
  const std::string path = directory_ / ("archive/" + segments[1]);
  std::string bytes = *archive_.Get(segments[1]);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_EQ(ledger::WriteSynced(path, bytes), absl::OkStatus());
  EXPECT_EQ(AdviceOf(Run().status()).reason, "SEGMENT_BROKEN");
  fs::remove(path);
  EXPECT_EQ(AdviceOf(Run().status()).reason, "SEGMENT_MISSING");
}

}  // namespace
}  // namespace hq::testing
