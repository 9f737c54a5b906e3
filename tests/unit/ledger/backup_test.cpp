// Goal: the small decisions of backups: what backup-policy.json may say, which archive a setting
// names, which blobs a record names, when a segment is full, what a gate that closes stops. Method:
// tables, and a ledger in memory.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/ledger/adapters/archive/archive_settings.hpp"
#include "services/ledger/adapters/archive/directory_archive.hpp"
#include "services/ledger/adapters/archive/s3_listing.hpp"
#include "services/ledger/adapters/backup/backup_policy_file.hpp"
#include "services/ledger/adapters/backup/image_shipper.hpp"
#include "services/ledger/adapters/backup/segment_shipper.hpp"
#include "services/ledger/core/blob_names.hpp"
#include "services/ledger/core/record_frames.hpp"
#include "services/ledger/reactors/backup_reactor.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/signed_history.hpp"

namespace hq::ledger {
namespace {

TEST(BackupPolicy, TheWhitepapersFileIsTaken) {
  const auto policy = BackupPolicy::Parse("recovery/backup-policy.json", R"({
    "ledger": { "daily": true, "target": "r2://hq-backup" },
    "registry": { "strategy": "git-tag", "interval": "weekly" },
    "workers": { "fallback": "static-maintenance-page" }})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE(policy->is_daily);
  EXPECT_EQ(policy->segment_interval, std::chrono::seconds(60));
  EXPECT_EQ(policy->segment_bytes, 64UL << 20);
  EXPECT_TRUE(policy->CheckBucket("hq-backup").ok());
  EXPECT_TRUE(policy->CheckBucket("").ok());
  EXPECT_EQ(AdviceOf(policy->CheckBucket("other")).reason, "INVALID_SETTING");
}

TEST(BackupPolicy, EveryFaultNamesItsPlace) {
  const auto fault = [](const std::string& ledger) {
    return std::string(
        BackupPolicy::Parse("f.json", R"({"ledger": )" + ledger + "}").status().message());
  };
  EXPECT_NE(fault(R"({"target": "ftp://x"})").find("$.ledger.target"), std::string::npos);
  EXPECT_NE(fault(R"({"target": "r2://a/b"})").find("$.ledger.target"), std::string::npos);
  EXPECT_NE(fault(R"({"daily": 1})").find("$.ledger.daily"), std::string::npos);
  EXPECT_NE(fault(R"({"segmentIntervalSeconds": 0})").find("segmentIntervalSeconds"),
            std::string::npos);
  EXPECT_NE(fault(R"({"segmentMebibytes": 65})").find("segmentMebibytes"), std::string::npos);
  EXPECT_NE(fault(R"({"hourly": true})").find("hourly"), std::string::npos);
  EXPECT_FALSE(BackupPolicy::Parse("f.json", "{}").ok());
}

TEST(BackupPolicy, AFailedRoundIsSoonFollowedByAnother) {
  BackupPolicy policy;
  policy.segment_interval = std::chrono::hours(1);
  EXPECT_EQ(policy.PauseAfter(/*has_failed=*/false), std::chrono::hours(1));
  EXPECT_EQ(policy.PauseAfter(/*has_failed=*/true), std::chrono::seconds(60));
  policy.segment_interval = std::chrono::seconds(5);
  EXPECT_EQ(policy.PauseAfter(/*has_failed=*/true), std::chrono::seconds(5));
}

TEST(ArchiveSettings, NameADirectoryOrABucket) {
  testing::FakeClock clock;
  const auto target = [&](const std::string& where) -> std::string {
    ArchiveSettings settings;
    settings.where = where;
    const auto archive = settings.Open(clock);
    return archive.ok() ? (*archive)->target() : AdviceOf(archive.status()).reason;
  };
  EXPECT_EQ(target("dir:/var/backup"), "dir:/var/backup");
  EXPECT_EQ(target("s3:https://host:8443/hq-backup"), "s3:https://host:8443/hq-backup");
  for (const char* where :
       {"", "dir:", "dir:relative", "/var/backup", "s3:host/bucket", "s3:https://host",
        "s3:https://host/", "s3:https:///bucket", "s3:https://host/a/b", "s3:ftp://host/b",
        "s3:https://user:secret@host/bucket"})
    EXPECT_EQ(target(where), "INVALID_SETTING") << where;
  ArchiveSettings settings;
  settings.where = "s3:https://host/hq-backup";
  EXPECT_EQ(settings.Bucket(), "hq-backup");
  settings.where = "dir:/var/hq-backup";
  EXPECT_EQ(settings.Bucket(), "");
}

TEST(S3Listing, PagesAreReadAndAnythingElseIsRefused) {
  const auto page = ParseS3Listing(R"(<?xml version="1.0" encoding="UTF-8"?>
    <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
    <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b</NextContinuationToken>
    <Contents><Key>segments/1</Key><Size>3</Size></Contents>
    <Contents><Key>segments/2</Key></Contents></ListBucketResult>)");
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->names, (std::vector<std::string>{"segments/1", "segments/2"}));
  EXPECT_EQ(page->next_token, "a&b");
  for (const char* text : {"", "no xml", "<a/>", "<ListBucketResult>",
                           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>"})
    EXPECT_EQ(AdviceOf(ParseS3Listing(text).status()).reason, "ARCHIVE_UNAVAILABLE") << text;
  EXPECT_EQ(S3ErrorCode("<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>"),
            "NoSuchBucket");
  EXPECT_EQ(S3ErrorCode("<html>"), "");
}

TEST(BlobNames, EveryDigestInAnEventIsACandidate) {
  sync::v1::RolloutEvent event;
  event.mutable_rollout_planned()->set_plan_sha256(Sha256("plan"));
  v1::Record record;
  record.set_event(EventNameOf(event));
  record.mutable_data()->PackFrom(event);
  record.set_previous_hash(Sha256("not in the data"));
  std::set<std::string> found;
  AddBlobCandidates(record, found);
  EXPECT_EQ(found, std::set<std::string>{Sha256("plan")});
  found.clear();
  record.set_event("of_a_newer_version");
  AddBlobCandidates(record, found);
  AddBlobCandidates(v1::Record(), found);
  EXPECT_TRUE(found.empty());
}

// Of all its records, as segments count them.
std::size_t FramedBytes(const testing::SignedHistory& history) {
  std::string frames;
  for (Position at = 1; at <= history.end(); ++at) AddFrame(frames, history.BytesAt(at));
  return frames.size();
}

// What waits is often unlike what was shipped last: no average tells when it is enough.
TEST(SegmentShipper, KnowsToTheByteWhetherASegmentIsFull) {
  constexpr std::size_t kMoreThanOneRead = 1 << 20;
  testing::TempDir directory;
  DirectoryArchive archive(directory / "archive");
  testing::SignedHistory history;
  testing::MemoryBackupSource source(history.ledger());
  testing::SignedHistory twin;  // Of the same records: so their bytes are known beforehand.
  int count = 0;
  for (; FramedBytes(twin) <= kMoreThanOneRead; count += 1'000)
    ASSERT_NO_FATAL_FAILURE(twin.Append(1'000));
  const std::size_t bytes = FramedBytes(twin);
  SegmentShipper exact(source, archive, bytes);
  SegmentShipper larger(source, archive, bytes + 1);
  SegmentShipper unknowing(source, archive, 1);
  Shipped shipped;
  for (SegmentShipper* shipper : {&exact, &larger})
    ASSERT_EQ(shipper->ShipAll({}, shipped), absl::OkStatus());
  EXPECT_FALSE(exact.HasFullSegment()) << "there is nothing yet";
  ASSERT_NO_FATAL_FAILURE(history.Append(count - 1));
  EXPECT_FALSE(exact.HasFullSegment());
  ASSERT_NO_FATAL_FAILURE(history.Append(1));
  ASSERT_EQ(FramedBytes(history), bytes);
  EXPECT_TRUE(exact.HasFullSegment());
  EXPECT_FALSE(larger.HasFullSegment()) << "a byte is missing";
  EXPECT_FALSE(unknowing.HasFullSegment()) << "it has not looked where the archive ends";
  ASSERT_NO_FATAL_FAILURE(history.Append(1));
  EXPECT_TRUE(larger.HasFullSegment());
  ASSERT_EQ(exact.ShipAll({}, shipped), absl::OkStatus());
  EXPECT_FALSE(exact.HasFullSegment()) << "all of it is in the archive";
}

// Calls `then` when it has taken a file of a kind.
class TellingArchive final : public Archive {
 public:
  TellingArchive(Archive& archive, std::string kind, std::function<void()> then)
      : archive_(archive), kind_(std::move(kind)), then_(std::move(then)) {}

  Status Put(const std::string& name, std::string_view bytes) override {
    const Status put = archive_.Put(name, bytes);
    if (name.starts_with(kind_)) then_();
    return put;
  }
  Result<std::string> Get(const std::string& name) const override { return archive_.Get(name); }
  Result<std::vector<std::string>> List(const std::string& prefix) const override {
    return archive_.List(prefix);
  }
  std::string target() const override { return archive_.target(); }

 private:
  Archive& archive_;
  const std::string kind_;
  const std::function<void()> then_;
};

class ClosingGateTest : public ::testing::TestWithParam<const char*> {};

// By what it has shipped until then nobody is harmed; by an image or a record of it, perhaps.
TEST_P(ClosingGateTest, EndsTheBackupThatIsUnderWayAndNothingIsRecorded) {
  testing::TempDir directory;
  testing::SignedHistory history;
  ASSERT_NO_FATAL_FAILURE(history.Append(10));
  testing::MemoryBackupSource source(history.ledger(), history.Signer());
  DirectoryArchive kept(directory / "archive");
  std::atomic<bool> is_closed = false;
  TellingArchive archive(kept, GetParam(), [&] { is_closed = true; });
  const auto gate = [&] {
    return is_closed ? absl::DataLossError("it may not serve") : absl::OkStatus();
  };
  testing::MemoryEventLog log(history.ledger(), testing::CallerNamed("ledger"));
  runtime::Metrics metrics;
  BackupReactor reactor(source, archive, log, history.clock(), metrics, {}, directory / "image",
                        gate);
  std::promise<Status> answer;
  reactor.BackUp(/*with_image=*/true,
                 [&](const auto& response) { answer.set_value(response.status()); });
  {
    std::jthread running([&](std::stop_token stop) { reactor.Run(std::move(stop)); });
    EXPECT_EQ(answer.get_future().get(), absl::DataLossError("it may not serve"));
  }
  EXPECT_TRUE(is_closed);
  EXPECT_EQ(history.end(), 10u) << "neither that it was done nor that it failed";
  EXPECT_FALSE(HasImage(kept, UtcDay(history.clock().Now())).value_or(true));
}

INSTANTIATE_TEST_SUITE_P(While, ClosingGateTest, ::testing::Values("segments/", "images/"),
                         [](const auto& tested) {
                           const std::string kind = tested.param;
                           return kind.substr(0, kind.size() - 1);
                         });

}  // namespace
}  // namespace hq::ledger
