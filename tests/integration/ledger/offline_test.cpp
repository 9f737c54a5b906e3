// Goal: hq-ledger as a tool does what it says, says what to do next, and tells wrong usage from
// failure. Method: its command lines, on an archive that a ledger in memory has shipped to.
#include "services/ledger/adapters/restore/offline.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::testing {
namespace {

using ::testing::HasSubstr;

class OfflineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(history_.Append(30));
    MemoryBackupSource source(history_.ledger(), history_.Signer());
    ledger::DirectoryArchive archive(directory_ / "archive");
    ledger::Shipped shipped;
    ASSERT_EQ(ledger::SegmentShipper(source, archive, 2'000).ShipAll({}, shipped),
              absl::OkStatus());
    std::ofstream(directory_ / "signing.pub") << history_.PublicKey().Format() << "\n";
    setenv("HQ_ARCHIVE", ("dir:" + (directory_ / "archive")).c_str(), 1);
    setenv("HQ_SIGNING_KEY_FILE", history_.key_file().c_str(), 1);
  }
  void TearDown() override {
    unsetenv("HQ_ARCHIVE");
    unsetenv("HQ_SIGNING_KEY_FILE");
  }

  // The exit code.
  int Run(std::vector<const char*> arguments) {
    arguments.insert(arguments.begin(), "hq-ledger");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = ledger::RunOffline(static_cast<int>(arguments.size()), arguments.data());
    out_ = ::testing::internal::GetCapturedStdout();
    errors_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  TempDir directory_;
  SignedHistory history_;
  std::string out_;
  std::string errors_;
};

TEST_F(OfflineTest, RestoresAndSaysWhatToDoNext) {
  const std::string into = directory_ / "restored";
  const std::string key = directory_ / "signing.pub";
  ASSERT_EQ(Run({"restore", "--to", "20", "--into", into.c_str(), "--why", "a test", "--log-key",
                 key.c_str()}),
            0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("\nrestored 20 "));
  EXPECT_THAT(errors_, HasSubstr("HQ_DATA_DIR=" + into));
  runtime::Metrics metrics;
  const auto log = ledger::RocksEventLog::Open(into, history_.clock(), metrics);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ((*log)->Head().head().position(), 21U);
  EXPECT_EQ((*log)->Head().head().epoch(), 2U);
  EXPECT_EQ(Run({"restore", "--to", "20", "--into", into.c_str(), "--why", "again"}), 2);
  EXPECT_THAT(errors_, HasSubstr("Next: "));
}

TEST_F(OfflineTest, RestoresToATime) {
  const std::string into = directory_ / "restored";
  const std::string time = ToRfc3339(FromMicros(history_.TimeAt(12)));
  ASSERT_EQ(Run({"restore", "--to", time.c_str(), "--into", into.c_str(), "--why", "a test"}), 0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("\nrestored 12 "));
}

TEST_F(OfflineTest, DrillsOnWhatTheLedgerItselfOpens) {
  const std::string key = directory_ / "signing.pub";
  const std::string time = ToRfc3339(FromMicros(history_.TimeAt(12)));
  ASSERT_EQ(Run({"drill", "--as-of", time.c_str(), "--log-key", key.c_str(), "--temporary",
                 directory_.path().c_str()}),
            0)
      << errors_;
  EXPECT_THAT(out_, HasSubstr("restored    position 12, epoch 1"));
  EXPECT_THAT(out_, HasSubstr("signed tree 30 records"));
  EXPECT_EQ(Run({"drill"}), 1);  // No key to check the checkpoint by.
}

TEST_F(OfflineTest, TellsWrongUsageFromFailure) {
  const std::string into = directory_ / "restored";
  EXPECT_EQ(Run({"--help"}), 0);
  EXPECT_EQ(Run({"restore"}), 2);
  EXPECT_EQ(Run({"back-up"}), 2);
  for (const char* to : {"0", "yesterday", "2026-01-16", "-1"})
    EXPECT_EQ(Run({"restore", "--to", to, "--into", into.c_str(), "--why", "x"}), 2) << to;
  EXPECT_EQ(Run({"restore", "--to", "31", "--into", into.c_str(), "--why", "x"}), 1);
  EXPECT_THAT(errors_, HasSubstr("ends at position 30"));
  EXPECT_EQ(Run({"restore", "--archive", "ftp:x", "--into", into.c_str(), "--why", "x"}), 2);
}

}  // namespace
}  // namespace hq::testing
