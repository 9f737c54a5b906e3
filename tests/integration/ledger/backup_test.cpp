// Goal: the archive follows the ledger through downtime, kills and an archive that is away, says so
// once on the ledger, and never holds another history. Method: the shipper and its reactor on a
// ledger in memory and a real directory; a child process killed at each of its steps.
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>

#include "common/runtime/child.hpp"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/segment_file.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "services/ledger/reactors/backup_reactor.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ledger::BackupPolicy;
using ledger::BackupReactor;
using ledger::DirectoryArchive;
using ledger::SegmentShipper;
using ledger::Shipped;

// Nothing is to be done between the parts of an image.
Status Never() { return absl::OkStatus(); }

std::vector<ledger::v1::Record> Archived(const ledger::Archive& archive) {
  std::vector<ledger::v1::Record> records;
  const auto history = ledger::ArchivedHistory::Open(archive, {});
  if (!history.ok()) return records;
  ledger::HistoryWalk walk;
  const Status replayed = history->Replay(
      {}, {}, walk,
      [&](std::string_view bytes) {
        EXPECT_TRUE(records.emplace_back().ParseFromString(std::string(bytes)));
        return absl::OkStatus();
      },
      [](const std::string&) { return absl::OkStatus(); });
  EXPECT_EQ(replayed, absl::OkStatus());
  return records;
}

class ShipTest : public ::testing::Test {
 protected:
  Status ShipAs(MemoryBackupSource& source, Shipped* shipped = nullptr) {
    Shipped ignored;
    SegmentShipper shipper(source, archive_, 2'000);
    return shipper.ShipAll({}, shipped ? *shipped : ignored);
  }

  TempDir directory_;
  SignedHistory history_;
  MemoryBackupSource source_{history_.ledger(), history_.Signer()};
  DirectoryArchive archive_{directory_ / "archive"};
};

TEST_F(ShipTest, ASegmentSaysWhatItHolds) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(40));
  Shipped shipped;
  ASSERT_EQ(ShipAs(source_, &shipped), absl::OkStatus());
  EXPECT_EQ(shipped.records, 40U);
  const auto names = *archive_.List("segments/");
  EXPECT_EQ(shipped.segments, names.size());
  ASSERT_GT(names.size(), 3U);
  Position next = 1;
  for (const std::string& name : names) {
    const auto segment = ledger::DecodeSegment(*archive_.Get(name));
    ASSERT_TRUE(segment.ok()) << segment.status();
    const auto& manifest = segment->manifest;
    EXPECT_EQ(ledger::FormatSegmentName({1, manifest.first(), manifest.last()}), name);
    EXPECT_EQ(manifest.first(), next);
    EXPECT_LE(segment->frames.size(), 2'500U);
    EXPECT_EQ(manifest.last_hash(), LeafHash(history_.BytesAt(manifest.last())));
    EXPECT_EQ(manifest.tree_root(), *source_.RootAt(manifest.last()));
    EXPECT_EQ(manifest.last_recorded_at_us(), history_.TimeAt(manifest.last()));
    EXPECT_TRUE(ledger::OpenCheckpoint(manifest.checkpoint(), history_.PublicKey()).ok());
    ledger::FrameWalker walker(segment->frames);
    for (; next <= manifest.last(); ++next) EXPECT_EQ(walker.Next(), history_.BytesAt(next));
    EXPECT_FALSE(walker.Next().has_value());
  }
}

TEST_F(ShipTest, AfterDowntimeItGoesOnFromTheArchiveAlone) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(20));
  ASSERT_EQ(ShipAs(source_), absl::OkStatus());
  ASSERT_NO_FATAL_FAILURE(history_.Append(50));
  Shipped shipped;
  ASSERT_EQ(ShipAs(source_, &shipped), absl::OkStatus());  // Another process: it knows nothing.
  EXPECT_EQ(shipped.records, 50U);
  EXPECT_EQ(Archived(archive_).size(), 70U);
  Shipped nothing;
  ASSERT_EQ(ShipAs(source_, &nothing), absl::OkStatus());
  EXPECT_EQ(nothing.segments, 0U);
  EXPECT_EQ(nothing.position, 70U);
}

TEST_F(ShipTest, AnArchiveOfAnotherHistoryIsLeftAlone) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(20));
  ASSERT_EQ(ShipAs(source_), absl::OkStatus());
  const auto before = *archive_.List("");
  SignedHistory other(2);
  ASSERT_NO_FATAL_FAILURE(other.Append(30));
  MemoryBackupSource diverged(other.ledger());
  EXPECT_EQ(AdviceOf(ShipAs(diverged)).reason, "ARCHIVE_DIVERGED");
  SignedHistory behind(1);
  ASSERT_NO_FATAL_FAILURE(behind.Append(10));
  MemoryBackupSource lost_its_tail(behind.ledger());
  EXPECT_EQ(AdviceOf(ShipAs(lost_its_tail)).reason, "ARCHIVE_DIVERGED");
  SignedHistory named(1);
  named.ledger().head.log_id = "another-log";
  ASSERT_NO_FATAL_FAILURE(named.Append(30));
  MemoryBackupSource another(named.ledger());
  EXPECT_EQ(AdviceOf(ShipAs(another)).reason, "ARCHIVE_DIVERGED");
  EXPECT_EQ(*archive_.List(""), before);
}

// The archive was restored from: the old ledger, should it still run, must not go on there.
TEST_F(ShipTest, ALifeThatWasGivenUpShipsNoMore) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(20));
  Shipped shipped;
  SegmentShipper running(source_, archive_, 2'000);
  ASSERT_EQ(running.ShipAll({}, shipped), absl::OkStatus());
  ledger::RestoreOrder order;
  order.into = directory_ / "restored";
  order.why = "a test";
  ASSERT_TRUE(ledger::Restore(archive_, order, history_.KeyFor(), history_.clock()).ok());
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  EXPECT_EQ(AdviceOf(running.ShipAll({}, shipped)).reason, "ARCHIVE_DIVERGED");
  EXPECT_EQ(AdviceOf(ShipAs(source_)).reason, "ARCHIVE_DIVERGED");
}

// What the child process of the next test runs.
TEST(ShipChild, DISABLED_ShipsAll) {
  SignedHistory history(std::strtoull(getenv("HQ_TEST_SEED"), nullptr, 10));
  ASSERT_NO_FATAL_FAILURE(history.Append(40));
  MemoryBackupSource source(history.ledger());
  const std::string directory = getenv("HQ_TEST_DIRECTORY");
  DirectoryArchive archive(directory + "/archive");
  Shipped shipped;
  ASSERT_EQ(SegmentShipper(source, archive, 2'000).ShipAll({}, shipped), absl::OkStatus());
  ASSERT_TRUE(ledger::ShipImage(source, archive, "20260116", directory + "/image", Never).ok());
}

class KilledShipTest : public ::testing::TestWithParam<const char*> {
 protected:
  // Whether the child came to its end.
  bool RunChild(const std::string& fault) const {
    runtime::Environment environment = runtime::OwnEnvironment();
    environment["HQ_FAULT"] = fault;
    environment["HQ_TEST_SEED"] = std::to_string(seed_);
    environment["HQ_TEST_DIRECTORY"] = directory_.path();
    auto child = runtime::Child::Spawn(
        {"/proc/self/exe", "--gtest_also_run_disabled_tests", "--gtest_filter=ShipChild.*"},
        environment, directory_ / "log");
    EXPECT_TRUE(child.ok()) << child.status();
    if (!child.ok()) return false;
    const auto code = child->WaitFor(std::chrono::minutes(2));
    const bool was_killed = code.ok() && *code == runtime::Child::kSignalled + SIGKILL;
    EXPECT_TRUE(was_killed || (code.ok() && *code == 0)) << code.status();
    return !was_killed;
  }

  const std::uint64_t seed_ = std::random_device()();
  TempDir directory_;
};

TEST_P(KilledShipTest, KilledAtThatStepTheNextProcessGoesOn) {
  SCOPED_TRACE("seed " + std::to_string(seed_));
  bool has_ended = false;
  int kills = 0;
  for (int passing = 1; !has_ended && passing <= 4; ++passing) {
    has_ended = RunChild(std::string(GetParam()) + ":" + std::to_string(passing));
    kills += has_ended ? 0 : 1;
  }
  EXPECT_GT(kills, 0);
  ASSERT_TRUE(has_ended || RunChild(""));
  SignedHistory history(seed_);
  ASSERT_NO_FATAL_FAILURE(history.Append(40));
  const DirectoryArchive archive(directory_ / "archive");
  const auto records = Archived(archive);
  ASSERT_EQ(records.size(), 40U);
  for (Position at = 1; at <= 40; ++at)
    EXPECT_EQ(records[at - 1].SerializeAsString(), history.BytesAt(at));
  EXPECT_TRUE(*ledger::HasImage(archive, "20260116"));
  EXPECT_TRUE(ledger::FetchImage(archive, "20260116", directory_ / "fetched").ok());
}

INSTANTIATE_TEST_SUITE_P(, KilledShipTest,
                         ::testing::Values("ledger.segment.put.before", "ledger.segment.put.after",
                                           "ledger.archive.rename.before",
                                           "ledger.archive.rename.after", "ledger.image.part.after",
                                           "ledger.image.manifest.before"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::replace(name.begin(), name.end(), '.', '_');
                           return name;
                         });

class BackupReactorTest : public ShipTest {
 protected:
  void Start(bool is_daily = false) {
    BackupPolicy policy;
    policy.is_daily = is_daily;
    policy.segment_interval = std::chrono::milliseconds(20);
    StartWith(policy);
  }
  void StartWith(const BackupPolicy& policy) {
    const auto gate = [this] {
      return is_closed_ ? absl::DataLossError("it may not serve") : absl::OkStatus();
    };
    reactor_ = std::make_unique<BackupReactor>(source_, archive_, log_, *clock_, metrics_, policy,
                                               directory_ / "image", gate);
    thread_ = std::jthread([this](std::stop_token stop) { reactor_->Run(stop); });
  }
  void Stop() {
    thread_ = {};
    reactor_.reset();
  }

  Result<ledger::v1::BackUpResponse> BackUp(bool with_image = false) {
    std::promise<Result<ledger::v1::BackUpResponse>> promise;
    reactor_->BackUp(with_image, [&](auto response) { promise.set_value(std::move(response)); });
    return promise.get_future().get();
  }

  std::vector<ledger::v1::LedgerEvent> Events() {
    ledger::v1::ReadStreamRequest request;
    request.set_stream("ledger");
    std::vector<ledger::v1::LedgerEvent> events;
    const auto slice = log_.ReadStream(request);
    for (const auto& recorded : slice->records)
      EXPECT_TRUE(recorded.record.data().UnpackTo(&events.emplace_back()));
    return events;
  }

  bool IsArchived(Position position) {
    return Eventually([&] { return Archived(archive_).size() >= position; });
  }

  struct : Clock {  // Three hours later whenever it is asked.
    TimePoint Now() override { return FromMicros(micros += 10'800'000'000); }
    std::int64_t micros = 1'768'557'600'000'000;
  } fast_clock_;
  Clock* clock_ = &history_.clock();
  std::atomic<bool> is_closed_ = false;
  runtime::Metrics metrics_;
  MemoryEventLog log_{history_.ledger(), CallerNamed("ledger")};
  std::unique_ptr<BackupReactor> reactor_;
  std::jthread thread_;
};

TEST_F(BackupReactorTest, ItCatchesUpFollowsAndRecordsOneEventADay) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(30));
  Start(/*is_daily=*/true);
  ASSERT_TRUE(IsArchived(31));  // With its own event.
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  ASSERT_TRUE(IsArchived(41));
  Stop();
  Start(/*is_daily=*/true);  // The same day again: nothing to say.
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  ASSERT_TRUE(IsArchived(42));
  auto events = Events();
  ASSERT_EQ(events.size(), 1U);
  const auto& completed = events[0].backup_completed();
  EXPECT_EQ(completed.position(), 30U);
  EXPECT_EQ(completed.records(), 30U);
  EXPECT_EQ(completed.target(), "dir:" + (directory_ / "archive"));
  EXPECT_EQ(completed.image_day(), "20260116");
  EXPECT_FALSE(completed.recovered());
  history_.clock().Advance(std::chrono::hours(24));
  ASSERT_TRUE(Eventually([&] { return Events().size() == 2; }));
  EXPECT_EQ(Events()[1].backup_completed().image_day(), "20260117");
}

TEST_F(BackupReactorTest, ARoundIsOfTheDayOnWhichItBegan) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  clock_ = &fast_clock_;
  Start(/*is_daily=*/true);
  ASSERT_TRUE(Eventually([&] { return Events().size() >= 2; }));
  EXPECT_EQ(Events()[1].backup_completed().image_day(), "20260117");
}

// Also where the records that come are much larger than those that were shipped before.
TEST_F(BackupReactorTest, AFullSegmentGoesLongBeforeTheIntervalIsOver) {
  BackupPolicy policy;
  policy.is_daily = false;
  policy.segment_interval = std::chrono::hours(1);
  policy.segment_bytes = 8'000;
  ASSERT_NO_FATAL_FAILURE(history_.Append(2));
  StartWith(policy);
  ASSERT_TRUE(IsArchived(2));
  ASSERT_TRUE(Eventually([&] { return Events().size() == 1; })) << "the first round is over";
  MemoryEventLog ann(history_.ledger(), CallerNamed("ann"));
  for (std::size_t waiting = history_.BytesAt(3).size(); waiting < policy.segment_bytes;) {
    ledger::v1::AppendRequest request;
    request.set_correlation_id(std::string(128, 'c'));
    request.set_traceparent(std::string(128, 't'));
    auto* append = request.add_appends();
    append->set_stream("entry-koosy");
    append->add_events()->set_branch("koosy");
    append->mutable_events(0)->set_event("page_seen");
    ASSERT_TRUE(ann.Append(request).ok());
    waiting += history_.BytesAt(history_.end()).size();
  }
  EXPECT_TRUE(IsArchived(history_.end()));
}

TEST_F(BackupReactorTest, WhatFillsNoSegmentGoesWhenTheIntervalIsOver) {
  BackupPolicy policy;
  policy.is_daily = false;
  policy.segment_interval = std::chrono::milliseconds(500);
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  const auto begun = std::chrono::steady_clock::now();
  StartWith(policy);
  ASSERT_TRUE(Eventually([&] { return Events().size() == 1; })) << "the first round is over";
  ASSERT_NO_FATAL_FAILURE(history_.Append(1));
  ASSERT_TRUE(IsArchived(history_.end()));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, policy.segment_interval);
}

TEST_F(BackupReactorTest, ABackupThatIsAskedForIsDoneAndRecorded) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  Start();
  ASSERT_TRUE(IsArchived(11));
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  const auto response = BackUp(/*with_image=*/true);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_GE(response->position(), 21U);
  EXPECT_EQ(response->image_day(), "20260116");
  EXPECT_EQ(Events().size(), 2U);
  EXPECT_EQ(Events()[1].backup_completed().image_day(), "20260116");
  Stop();
  BackupReactor stopped(source_, archive_, log_, history_.clock(), metrics_, {}, directory_ / "i");
  std::stop_source stop;
  stop.request_stop();
  stopped.Run(stop.get_token());
  Status refused;
  stopped.BackUp(false, [&](const auto& result) { refused = result.status(); });
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(AdviceOf(refused).reason, "STOPPING");
}

TEST_F(BackupReactorTest, ALedgerThatMayNotServeShipsAndRecordsNothing) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  is_closed_ = true;
  Start();
  EXPECT_EQ(BackUp().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_FALSE(fs::exists(directory_ / "archive"));
  EXPECT_TRUE(Events().empty());
  is_closed_ = false;
  ASSERT_TRUE(IsArchived(11));
}

TEST_F(BackupReactorTest, WhatIsOverdueGoesAsSoonAsTheLedgerMayServe) {
  BackupPolicy policy;
  policy.is_daily = false;
  policy.segment_interval = std::chrono::hours(1);
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  is_closed_ = true;
  StartWith(policy);
  EXPECT_EQ(BackUp().status().code(), absl::StatusCode::kDataLoss);
  is_closed_ = false;
  EXPECT_TRUE(IsArchived(10)) << "and not an hour later";
}

TEST_F(BackupReactorTest, AnArchiveThatIsAwayIsSaidOnceAnHourAndThatItIsBackOnce) {
  ASSERT_NO_FATAL_FAILURE(history_.Append(10));
  std::ofstream(directory_ / "archive") << "a file where the archive should be";
  Start();
  ASSERT_TRUE(Eventually([&] { return Events().size() == 1; }));
  EXPECT_EQ(Events()[0].backup_failed().reason(), "ARCHIVE_UNAVAILABLE");
  EXPECT_EQ(Events()[0].backup_failed().failures(), 1U);
  const auto failures = [&] {
    const std::string text = metrics_.Text();
    const auto at = text.find("\nhq_ledger_backup_failures_total ");
    return at == std::string::npos ? 0 : std::stoi(text.substr(at + 33));
  };
  ASSERT_TRUE(Eventually([&] { return failures() >= 4; }));
  EXPECT_EQ(Events().size(), 1U);
  EXPECT_EQ(BackUp().status().code(), absl::StatusCode::kUnavailable);
  history_.clock().Advance(std::chrono::minutes(61));
  ASSERT_TRUE(Eventually([&] { return Events().size() == 2; }));
  EXPECT_GE(Events()[1].backup_failed().failures(), 4U);
  fs::remove(directory_ / "archive");
  ASSERT_TRUE(Eventually([&] { return Events().size() == 3; }));
  EXPECT_TRUE(Events()[2].backup_completed().recovered());
  ASSERT_TRUE(IsArchived(13));
  EXPECT_EQ(Events().size(), 3U);
}

}  // namespace
}  // namespace hq::testing
