// Goal: what of backups is told on the ledger: which failures, that they are over, which blobs have
// rotted; also where the ledger does not take it at once. Rot stops no backup of what is sound.
// Method: a table, and the reactor on a ledger in memory and a real directory.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <optional>
#include <thread>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/restore/archived_history.hpp"
#include "services/ledger/core/failure_report.hpp"
#include "services/ledger/reactors/backup_reactor.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/forwarding_event_log.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::ledger {
namespace {

TEST(FailureReport, TheFirstThenOneAnHourThenTheRecovery) {
  constexpr std::int64_t kMinute = 60'000'000;
  FailureReport report;
  EXPECT_FALSE(report.has_failed());
  EXPECT_TRUE(report.Failed(kMinute));
  report.FailureRecorded(kMinute);
  for (int minute = 2; minute <= 60; ++minute) EXPECT_FALSE(report.Failed(minute * kMinute));
  EXPECT_TRUE(report.Failed(61 * kMinute));
  report.FailureRecorded(61 * kMinute);
  EXPECT_FALSE(report.Failed(62 * kMinute));
  EXPECT_EQ(report.failures(), 62U);
  EXPECT_EQ(report.since_us(), kMinute);
  EXPECT_TRUE(report.has_failed());
  report.RecoveryRecorded();
  EXPECT_FALSE(report.has_failed());
  EXPECT_TRUE(report.Failed(63 * kMinute));
  EXPECT_EQ(report.failures(), 1U);
}

TEST(FailureReport, WhatCouldNotBeRecordedIsStillToBeRecorded) {
  FailureReport report;
  EXPECT_TRUE(report.Failed(1));
  EXPECT_TRUE(report.Failed(2));
  report.FailureRecorded(2);
  EXPECT_FALSE(report.Failed(3));
  EXPECT_EQ(report.failures(), 3U);
  EXPECT_EQ(report.since_us(), 1);
}

TEST(FailureReport, AClockThatIsSetBackDoesNotSilenceIt) {
  constexpr std::int64_t kDay = 24LL * 3600 * 1'000'000;
  FailureReport report;
  EXPECT_TRUE(report.Failed(2 * kDay));
  report.FailureRecorded(2 * kDay);
  EXPECT_TRUE(report.Failed(kDay));
  report.FailureRecorded(kDay);
  EXPECT_FALSE(report.Failed(kDay + 1));
}

// A ledger some of whose content has rotted, and whose image has what cannot be looked at.
class RottenSource final : public testing::MemoryBackupSource {
 public:
  using MemoryBackupSource::MemoryBackupSource;

  Result<std::string> GetBlob(std::string_view sha256) const override {
    if (sha256 == rotten) return absl::DataLossError("not the content any more");
    return MemoryBackupSource::GetBlob(sha256);
  }
  Status MakeImage(const std::string& directory) override {
    HQ_RETURN_IF_ERROR(MemoryBackupSource::MakeImage(directory));
    std::error_code error;
    std::filesystem::create_symlink("endless", directory + "/endless", error);
    return error ? absl::InternalError(error.message()) : absl::OkStatus();
  }

  std::string rotten;  // A digest.
};

TEST(ImageShipper, AnImageThatCannotBeListedIsNotShipped) {
  testing::TempDir directory;
  testing::SignedHistory history;
  ASSERT_NO_FATAL_FAILURE(history.Append(3));
  RottenSource source(history.ledger());
  DirectoryArchive archive(directory / "archive");
  const auto shipped =
      ShipImage(source, archive, "20260116", directory / "image", [] { return absl::OkStatus(); });
  EXPECT_EQ(shipped.status().code(), absl::StatusCode::kUnavailable) << shipped.status();
  EXPECT_FALSE(HasImage(archive, "20260116").value_or(true));
}

// Does not take the next appends, as a queue that is full.
class FullLog final : public testing::ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;

  void AppendAsync(v1::AppendRequest request, OnAppended done) override {
    if (refusals > 0) {
      --refusals;
      return done(absl::ResourceExhaustedError("the queue is full"));
    }
    ForwardingEventLog::AppendAsync(std::move(request), std::move(done));
  }

  std::atomic<int> refusals = 0;
};

class BackupReportTest : public ::testing::Test {
 protected:
  void Start() {
    BackupPolicy policy;
    policy.is_daily = false;
    policy.segment_interval = std::chrono::milliseconds(20);
    reactor_.emplace(source_, archive_, log_, history_.clock(), metrics_, policy,
                     directory_ / "image");
    thread_ = std::jthread([this](std::stop_token stop) { reactor_->Run(std::move(stop)); });
  }
  Result<v1::BackUpResponse> BackUp() {
    std::promise<Result<v1::BackUpResponse>> answer;
    reactor_->BackUp(/*with_image=*/false,
                     [&](auto response) { answer.set_value(std::move(response)); });
    return answer.get_future().get();
  }
  // A record that names this content; its digest.
  std::string AppendPlan(const std::string& content) {
    testing::MemoryEventLog log(history_.ledger(), testing::CallerNamed("sync"));
    const std::string sha256 = log.PutBlob(content).value_or("");
    sync::v1::RolloutEvent event;
    event.mutable_rollout_planned()->set_plan_sha256(sha256);
    v1::AppendRequest request;
    request.add_appends()->set_stream("rollout-" + std::to_string(++plans_));
    auto* added = request.mutable_appends(0)->add_events();
    added->set_branch("hq");
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    const auto appended = log.Append(std::move(request));
    EXPECT_TRUE(appended.ok()) << appended.status();
    return sha256;
  }
  std::vector<v1::LedgerEvent> Events() {
    v1::ReadStreamRequest request;
    request.set_stream("ledger");
    const auto slice = log_.ReadStream(request);
    std::vector<v1::LedgerEvent> events;
    for (const auto& recorded : slice->records)
      EXPECT_TRUE(recorded.record.data().UnpackTo(&events.emplace_back()));
    return events;
  }

  testing::TempDir directory_;
  testing::SignedHistory history_;
  RottenSource source_{history_.ledger()};
  DirectoryArchive archive_{directory_ / "archive"};
  testing::MemoryEventLog own_log_{history_.ledger(), testing::CallerNamed("ledger")};
  FullLog log_{own_log_};
  runtime::Metrics metrics_;
  int plans_ = 0;
  std::optional<BackupReactor> reactor_;
  std::jthread thread_;
};

// Nobody may have it any more, and all that comes after it must have a copy.
TEST_F(BackupReportTest, ARottenBlobIsToldOnceAndAllElseIsShipped) {
  source_.rotten = AppendPlan("a plan");
  const std::string sound = AppendPlan("another plan");
  log_.refusals = 1;
  Start();
  ASSERT_TRUE(testing::Eventually([&] { return Events().size() >= 2; }));
  const auto events = Events();
  EXPECT_EQ(events[0].ledger_error().reason(), "BLOB_DAMAGED");
  EXPECT_NE(events[0].ledger_error().detail().find(Hex(source_.rotten)), std::string::npos);
  EXPECT_TRUE(events[1].has_backup_completed()) << "not before the other";
  EXPECT_EQ(events[1].backup_completed().blobs(), 1U);
  AppendPlan("a plan");
  const auto response = BackUp();
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->position(), 5U);
  ASSERT_EQ(Events().size(), 3U);
  EXPECT_TRUE(Events()[2].has_backup_completed()) << "the same blob is not told again";
  const auto archived = ArchivedHistory::Open(archive_, {});
  ASSERT_TRUE(archived.ok()) << archived.status();
  EXPECT_EQ(archived->NamedBlobs().value_or(std::set<std::string>()), std::set<std::string>{sound})
      << "a restore asks for no other";
  EXPECT_TRUE(archive_.Get(BlobName(sound)).ok());
  EXPECT_NE(metrics_.Text().find("\nhq_ledger_backup_rotten_blobs_total 2\n"), std::string::npos);
}

TEST_F(BackupReportTest, WhatTheLedgerDidNotTakeIsToldByTheNextRound) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(3));
  std::ofstream(directory_ / "archive") << "a file where the archive should be";
  log_.refusals = 1;
  Start();
  ASSERT_TRUE(testing::Eventually([&] { return Events().size() == 1; }));
  EXPECT_EQ(Events()[0].backup_failed().failures(), 2U);
  log_.refusals = 1;
  std::filesystem::remove(directory_ / "archive");
  ASSERT_TRUE(testing::Eventually([&] { return Events().size() == 2; }));
  EXPECT_TRUE(Events()[1].backup_completed().recovered());
  EXPECT_EQ(log_.refusals, 0);
}

}  // namespace
}  // namespace hq::ledger
