// Goal: wherever a repair is broken off, nothing is served or appended in the middle of what comes
// back, no id is issued twice, and the next repair comes to the end and tells of both. Method: a
// real store that is behind a real archive; the repair's process killed at its fault points, or a
// source taken away under it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include "common/events/event_name.hpp"
#include "common/runtime/child.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/core/archive_layout.hpp"
#include "tests/integration/ledger/kept_ledger.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr Position kStoreEnd = 20;
constexpr Position kSignedEnd = 23;  // In the files beside the store.
constexpr Position kArchiveEnd = 29;

std::string WhyRefused(const Status& status) { return AdviceOf(status).reason; }

class BrokenOffRepairTest : public ::testing::Test {
 protected:
  // A store that is behind what is signed beside it, which is behind what the archive has. What it
  // lacks makes several rows.
  void MakeStoreBehind() {
    ledger_.Append(kStoreEnd);
    ledger_.Ship();
    fs::copy(ledger_.archive_dir(), ledger_.path("old-archive"), fs::copy_options::recursive);
    ledger_.PutAside("old");
    ledger_.Append(kSignedEnd - kStoreEnd);
    for (const char* file : {"checkpoint", "cosigned.json"})
      fs::copy_file(ledger_.data_dir() + "/" + file, ledger_.path("old") + "/" + file,
                    fs::copy_options::overwrite_existing);
    for (Position at = kSignedEnd + 1; at <= kArchiveEnd; ++at)
      last_blob_ = ledger_.AppendPlan("plan " + std::to_string(at), std::string(100'000, 'x'));
    ledger_.Ship();
    ledger_.BringBack("old");
    ASSERT_EQ(ledger_.records().size(), kArchiveEnd);
    ASSERT_EQ(End(), kStoreEnd);
  }

  Position End() const {
    const auto log = ledger::StoredLog::OpenToRead(ledger_.data_dir());
    EXPECT_TRUE(log.ok()) << log.status();
    if (!log.ok()) return 0;
    const auto last = (*log)->LastRecord();
    ledger::v1::Record record;
    EXPECT_TRUE(last.ok() && *last && record.ParseFromString(**last)) << last.status();
    return record.position();
  }

  void HideArchive() {
    ledger_.settings().archive.where = "s3:http://127.0.0.1:1/none";
    ledger_.settings().archive.access_key = ledger_.settings().archive.secret_key = "x";
  }
  void ShowArchive() { ledger_.settings().archive.where = "dir:" + ledger_.archive_dir(); }

  // The repair knows of it only when it wants it, and that is when it has written rows.
  void HideLastBlob() const { fs::rename(BlobFile(), ledger_.path("blob")); }
  void ShowLastBlob() const { fs::rename(ledger_.path("blob"), BlobFile()); }

  // All is there, and the next record's id is beyond whatever may have been issued.
  void ExpectWholeOnStart() {
    const auto log = ledger_.OpenRepaired();
    ASSERT_TRUE(log.ok()) << log.status();
    EXPECT_TRUE(KeptLedger::RecordsOf(**log) == ledger_.records());
    ledger::RepairNotice notice(ledger_.data_dir(), **log, [] { return absl::OkStatus(); });
    notice.Run({});
    const auto records = KeptLedger::RecordsOf(**log);
    ASSERT_EQ(records.size(), ledger_.records().size() + 1) << "it has recorded its repair";
    ledger::v1::Record last;
    ledger::v1::Record own;
    ledger::v1::LedgerEvent event;
    ASSERT_TRUE(last.ParseFromString(ledger_.records().back()));
    ASSERT_TRUE(own.ParseFromString(records.back()) && UnpackEvent(own.data(), event).ok());
    EXPECT_GT(ledger::ParseTxnId(own.id())->counter, ledger::ParseTxnId(last.id())->counter + 1);
    repaired_ = event.ledger_repaired();
  }

  // What was recorded tells of all that came back, whichever repair brought it.
  void ExpectAllTold(Position from, Position to) const {
    EXPECT_EQ(repaired_.found_to(), from - 1);
    EXPECT_EQ(repaired_.repaired_to(), to);
    Position next = from;
    for (const auto& part : repaired_.stretches()) {
      EXPECT_EQ(part.first(), next);
      EXPECT_EQ(part.source(), "archive");
      next = part.last() + 1;
    }
    EXPECT_EQ(next, to + 1);
  }

  // Where the next repair will put things aside.
  std::string NextFolder() {
    std::string name = ToRfc3339(ledger_.clock().Now() + std::chrono::seconds(1));
    std::erase_if(name, [](char c) { return c == '-' || c == ':' || c == '.'; });
    return ledger_.data_dir() + "/recovery/" + name;
  }

  KeptLedger ledger_;
  ledger::v1::LedgerRepaired repaired_;

 private:
  std::string BlobFile() const {
    return ledger_.archive_dir() + "/" + ledger::BlobName(last_blob_);
  }

  std::string last_blob_;
};

TEST_F(BrokenOffRepairTest, WhatASourceLeftHalfDoneIsNotServedUntilItIsWhole) {
  ASSERT_NO_FATAL_FAILURE(MakeStoreBehind());
  HideLastBlob();
  const auto report = ledger_.Recover();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_FALSE(report->is_done);
  EXPECT_NE(report->failure, "");
  const Position half_way = End();
  ASSERT_GT(half_way, kSignedEnd) << "nothing on this machine says that records are missing";
  ASSERT_LT(half_way, kArchiveEnd);

  EXPECT_EQ(WhyRefused(ledger_.Serve().status()), "REPAIR_UNFINISHED");
  HideArchive();
  EXPECT_EQ(WhyRefused(ledger_.OpenRepaired().status()), "REPAIR_UNFINISHED");
  ShowArchive();
  // Tried again and again, it leaves one report.
  const auto folders = [&] {
    return std::distance(fs::directory_iterator(ledger_.data_dir() + "/recovery"), {});
  };
  const auto before = folders();
  for (int start = 0; start < 2; ++start) {
    ledger_.clock().Advance(std::chrono::seconds(1));
    EXPECT_EQ(WhyRefused(ledger_.OpenRepaired().status()), "REPAIR_UNFINISHED");
    EXPECT_EQ(folders(), before);
  }
  EXPECT_EQ(End(), half_way);
  ShowLastBlob();
  ASSERT_NO_FATAL_FAILURE(ExpectWholeOnStart());
  EXPECT_EQ(repaired_.cause(), "STORE_BEHIND");
  EXPECT_THAT(repaired_.detail(), HasSubstr("; then REPAIR_UNFINISHED: "));
  EXPECT_FALSE(repaired_.unattended()) << "a person began it";
  ExpectAllTold(kStoreEnd + 1, kArchiveEnd);
}

TEST_F(BrokenOffRepairTest, WhatIsNotToBeHadAnyMoreOnlyAPersonGivesUp) {
  ASSERT_NO_FATAL_FAILURE(MakeStoreBehind());
  HideLastBlob();
  ASSERT_TRUE(ledger_.Recover().ok());
  const Position half_way = End();
  ASSERT_GT(half_way, kSignedEnd);
  ledger_.settings().archive.where = "dir:" + ledger_.path("old-archive");
  EXPECT_EQ(WhyRefused(ledger_.OpenRepaired().status()), "REPAIR_UNFINISHED");

  // A new life begins behind all that may have been issued.
  fs::rename(ledger_.archive_dir(), ledger_.path("full-archive"));
  fs::copy(ledger_.path("old-archive"), ledger_.archive_dir(), fs::copy_options::recursive);
  ledger::RestoreOrder order;
  order.until.position = kStoreEnd;
  order.into = ledger_.path("restored");
  order.abandoned = ledger_.data_dir();
  const auto restored = ledger_.Restore(order);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_FALSE(restored->fork.is_tail_known);

  const auto report = ledger_.Recover();
  ASSERT_TRUE(report.ok() && report->is_done) << report.status();
  EXPECT_THAT(report->Markdown(), HasSubstr("is not to be had any more"));
  EXPECT_EQ(End(), half_way);
  EXPECT_TRUE(ledger_.OpenRepaired().ok());
}

TEST_F(BrokenOffRepairTest, ADoneRepairIsToldThoughTheOldStoreCannotBePutAside) {
  ledger_.Append(30);
  ledger_.Ship();
  fs::remove(ledger_.data_dir() + "/log/CURRENT");
  fs::create_directories(NextFolder() + "/log/in-the-way");
  const auto report = ledger_.Recover();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->is_done);
  EXPECT_THAT(report->Markdown(), HasSubstr("Not all could be put aside: cannot move"));
  EXPECT_FALSE(fs::is_empty(report->folder + "/rebuilding/log")) << "what was there is kept";
  ASSERT_NO_FATAL_FAILURE(ExpectWholeOnStart());
  EXPECT_EQ(repaired_.cause(), "STORE_DAMAGED");
}

TEST_F(BrokenOffRepairTest, WhatIsDoneOfARepairThatFailsIsToldByTheNext) {
  ledger_.Append(30);
  ledger_.Ship();
  fs::remove(ledger_.data_dir() + "/log/CURRENT");
  std::ofstream(ledger_.data_dir() + "/checkpoint") << "no note";
  fs::create_directories(NextFolder() + "/checkpoint/in-the-way");
  const auto first = ledger_.Recover();
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->is_done);
  EXPECT_THAT(first->failure, HasSubstr("cannot move"));
  const auto next = ledger_.Recover();
  ASSERT_TRUE(next.ok() && next->is_done) << next.status();
  ASSERT_NO_FATAL_FAILURE(ExpectWholeOnStart());
  EXPECT_EQ(repaired_.cause(), "STORE_DAMAGED");
  EXPECT_THAT(repaired_.detail(), HasSubstr("; then CHECKPOINT_FILE_DAMAGED: "));
  EXPECT_EQ(repaired_.evidence(), ledger_.data_dir() + "/recovery") << "both folders are there";
}

// What the child process of the next test runs.
TEST(RepairChild, DISABLED_Repairs) {
  FakeClock clock(std::strtoll(getenv("HQ_TEST_NOW"), nullptr, 10));
  ledger::RecoverySettings settings;
  settings.data_dir = getenv("HQ_TEST_DATA");
  settings.key_file = getenv("HQ_TEST_KEY");
  settings.archive.where = getenv("HQ_TEST_ARCHIVE");
  const auto report = ledger::Recover(settings, clock);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_TRUE(report->is_done) << report->Markdown();
}

struct RepairKill {
  const char* fault;
  const char* reason;  // Why it is not served then; empty if it is.
};

class KilledRepairTest : public BrokenOffRepairTest,
                         public ::testing::WithParamInterface<RepairKill> {
 protected:
  // How it ended.
  Result<int> RunChild(const std::string& fault) {
    runtime::Environment environment = runtime::OwnEnvironment();
    environment["HQ_FAULT"] = fault;
    environment["HQ_TEST_NOW"] = std::to_string(ToMicros(ledger_.clock().Now()));
    environment["HQ_TEST_DATA"] = ledger_.data_dir();
    environment["HQ_TEST_KEY"] = ledger_.settings().key_file;
    environment["HQ_TEST_ARCHIVE"] = ledger_.settings().archive.where;
    HQ_ASSIGN_OR_RETURN(auto child,
                        runtime::Child::Spawn({"/proc/self/exe", "--gtest_also_run_disabled_tests",
                                               "--gtest_filter=RepairChild.*"},
                                              environment, ledger_.path("child.log")));
    return child.WaitFor(std::chrono::minutes(2));
  }
};

TEST_P(KilledRepairTest, IsNotServedBeforeItIsWholeAndComesToItsEnd) {
  ASSERT_NO_FATAL_FAILURE(MakeStoreBehind());
  const auto ended = RunChild(GetParam().fault);
  ASSERT_TRUE(ended.ok()) << ended.status();
  ASSERT_EQ(*ended, runtime::Child::kSignalled + SIGKILL);
  const std::string reason = GetParam().reason;
  EXPECT_EQ(WhyRefused(ledger_.Serve().status()), reason);
  if (reason == "REPAIR_UNFINISHED") {
    HideArchive();
    EXPECT_EQ(WhyRefused(ledger_.OpenRepaired().status()), reason);
    ShowArchive();
  }
  ledger_.clock().Advance(std::chrono::seconds(1));
  ASSERT_NO_FATAL_FAILURE(ExpectWholeOnStart());
  EXPECT_EQ(repaired_.cause(), "STORE_BEHIND");
  ExpectAllTold(kStoreEnd + 1, kArchiveEnd);
}

// The seventh record is the first behind a row that was written, the ninth is the last.
INSTANTIATE_TEST_SUITE_P(
    , KilledRepairTest,
    ::testing::Values(RepairKill{"ledger.repair.begin.before:1", "WITNESS_AHEAD"},
                      RepairKill{"ledger.repair.begin.after:1", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.record:1", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.record:7", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.record:9", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.rows.after:1", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.end.before:1", "REPAIR_UNFINISHED"},
                      RepairKill{"ledger.repair.end.after:1", ""}),
    [](const auto& kill) {
      std::string name = kill.param.fault;
      for (char& c : name)
        if (c == '.' || c == ':') c = '_';
      return name;
    });

}  // namespace
}  // namespace hq::testing
