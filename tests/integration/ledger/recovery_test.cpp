// Goal: whatever the ledger's store has lost, what is known elsewhere comes back byte for byte, and
// nothing that is not proven does; what cannot be repaired is left as it is, with a report that
// says what to do. Method: a real store, spoilt as disks and people spoil it, with real archives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>

#include "common/events/event_name.hpp"
#include "services/ledger/adapters/nats_announcer.hpp"
#include "services/ledger/adapters/recovery/record_source.hpp"
#include "services/ledger/adapters/restore/offline.hpp"
#include "tests/integration/ledger/kept_ledger.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nats_server.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ledger::NameOf;
using ledger::RecoveryReport;
using ::testing::HasSubstr;

std::string ReasonOf(const Status& status) { return AdviceOf(status).reason; }

std::string Whole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class RecoveryTest : public ::testing::Test {
 protected:
  std::vector<fs::path> FilesOf(const std::string& extension) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(ledger_.data_dir() + "/log"))
      if (entry.path().extension() == extension) files.push_back(entry.path());
    return files;
  }

  void DeleteLiveWal() const {
    ASSERT_FALSE(FilesOf(".log").empty());
    for (const fs::path& file : FilesOf(".log")) fs::remove(file);
  }

  // Changes the status in a stored record, alone in its row, as one who knows RocksDB would.
  void Forge(Position position) const {
    ledger::v1::Record record;
    ASSERT_TRUE(record.ParseFromString(ledger_.records()[position - 1]));
    record.set_status("forged");
    std::string frames;
    ledger::AddFrame(frames, record.SerializeAsString());
    const auto log = ledger::StoredLog::OpenToWrite(ledger_.data_dir());
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_EQ((*log)->Append(position, frames), absl::OkStatus());
    ASSERT_EQ((*log)->Finish(), absl::OkStatus());
  }

  void ExpectServed(std::vector<std::string> records) {
    const auto served = ledger_.Serve();
    ASSERT_TRUE(served.ok()) << served.status();
    EXPECT_TRUE(*served == records) << served->size() << " of " << records.size();
  }

  // Repaired by the tool, with every record as it was.
  RecoveryReport ExpectRepaired(const std::string& cause) {
    const auto report = ledger_.Recover();
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return {};
    EXPECT_TRUE(report->is_done) << report->Markdown();
    EXPECT_EQ(report->plan.cause, cause) << report->Markdown();
    EXPECT_EQ(Whole(report->folder + "/report.md"), report->Markdown());
    ExpectServed(ledger_.records());
    return *report;
  }

  RecoveryReport ExpectRefused(const std::string& rung, const std::string& cause) {
    const auto report = ledger_.Recover();
    EXPECT_TRUE(report.ok()) << report.status();
    if (!report.ok()) return {};
    EXPECT_FALSE(report->is_done);
    EXPECT_EQ(NameOf(report->plan.rung), rung) << report->Markdown();
    EXPECT_EQ(report->plan.cause, cause) << report->Markdown();
    EXPECT_EQ(nlohmann::json::parse(Whole(report->folder + "/report.json"))["rung"], rung);
    return *report;
  }

  KeptLedger ledger_;
};

TEST_F(RecoveryTest, NothingIsDoneWhereNothingIsWrong) {
  ledger_.Append(10);
  ledger_.Ship();
  const auto report = ledger_.Recover();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(NameOf(report->plan.rung), "open") << report->Markdown();
  EXPECT_FALSE(fs::exists(ledger_.data_dir() + "/recovery"));
}

TEST_F(RecoveryTest, ADeletedLiveWalIsFoundOutAndAllComesBackOnStart) {
  ledger_.AppendAndShip(30);
  const std::string last_id = [&] {
    ledger::v1::Record record;
    EXPECT_TRUE(record.ParseFromString(ledger_.records().back()));
    return record.id();
  }();
  ASSERT_NO_FATAL_FAILURE(DeleteLiveWal());
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "STORE_EMPTIED");
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "STORE_EMPTIED") << "opening made nothing up";

  const auto log = ledger_.OpenRepaired();
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(KeptLedger::RecordsOf(**log) == ledger_.records());
  EXPECT_EQ((*log)->Head().head().epoch(), 1u);
  // It says so on the ledger, once, as soon as it may; and no id is issued twice.
  const auto ann = (*log)->As(CallerNamed("ann"));
  const auto has_end = [&](Position end) { return (*log)->Head().head().position() == end; };
  for (const Status& answer : {absl::UnavailableError("not yet"), absl::OkStatus()}) {
    std::atomic<int> asked = 0;
    const auto gate = [&] {
      ++asked;
      return answer;
    };
    ledger::RepairNotice notice(ledger_.data_dir(), **log, gate);
    std::jthread thread([&](std::stop_token stop) { notice.Run(stop); });
    EXPECT_TRUE(Eventually([&] { return answer.ok() ? has_end(31) : asked > 1; }));
    EXPECT_TRUE(has_end(answer.ok() ? 31 : 30));
  }
  ledger::v1::ReadStreamRequest request;
  request.set_stream("ledger");
  const auto own = ann->ReadStream(request);
  ASSERT_TRUE(own.ok() && own->records.size() == 1) << own.status();
  const auto& record = own->records[0].record;
  EXPECT_GT(ledger::ParseTxnId(record.id())->counter, ledger::ParseTxnId(last_id)->counter + 1);
  ledger::v1::GetRequest by_id;
  by_id.set_id(record.id());
  EXPECT_TRUE((*log)->Get(CallerNamed("ann"), by_id).ok());
  ledger::v1::LedgerEvent event;
  ASSERT_TRUE(UnpackEvent(record.data(), event).ok());
  const auto& repaired = event.ledger_repaired();
  EXPECT_EQ(repaired.cause(), "STORE_EMPTIED");
  EXPECT_EQ(repaired.repaired_to(), 30u);
  EXPECT_EQ(repaired.signed_to(), 30u);
  EXPECT_TRUE(repaired.unattended());
  EXPECT_EQ(repaired.stretches(0).source(), "archive");
  EXPECT_TRUE(fs::exists(repaired.evidence() + "/log/CURRENT")) << "what was there is kept";
  EXPECT_FALSE(fs::exists(ledger::RepairNoticeFile(ledger_.data_dir())));
}

TEST_F(RecoveryTest, AnOldStorePutBackGetsWhatItLacks) {
  ledger_.Append(20);
  fs::copy(ledger_.data_dir() + "/log", ledger_.path("old"), fs::copy_options::recursive);
  ledger_.Append(20);
  ledger_.Ship();
  ledger_.Append(3);  // Not shipped: known to the store alone, and to what was signed.
  ledger_.Ship();
  fs::remove_all(ledger_.data_dir() + "/log");
  fs::copy(ledger_.path("old"), ledger_.data_dir() + "/log", fs::copy_options::recursive);
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "WITNESS_AHEAD");
  const auto log = ledger_.OpenRepaired();
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_TRUE(KeptLedger::RecordsOf(**log) == ledger_.records());
}

TEST_F(RecoveryTest, WithoutASourceNothingIsMadeUpAndAPersonIsTold) {
  ledger_.settings().archive.where.clear();
  ledger_.Append(30);
  ASSERT_NO_FATAL_FAILURE(DeleteLiveWal());
  EXPECT_EQ(ReasonOf(ledger_.OpenRepaired().status()), "STORE_EMPTIED");
  EXPECT_TRUE(fs::exists(ledger_.data_dir() + "/recovery/last-start/report.md"));
  const auto report = ExpectRefused("audit", "STORE_EMPTIED");
  EXPECT_THAT(report.Markdown(), HasSubstr("vouches for 30 records"));

  const std::string data = ledger_.data_dir();
  const std::string key = ledger_.settings().key_file;
  setenv("HQ_SIGNING_KEY_FILE", key.c_str(), 1);
  const char* words[] = {"hq-ledger", "repair", "--data", data.c_str()};
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(ledger::RunOffline(4, words), 1);
  unsetenv("HQ_SIGNING_KEY_FILE");
  EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("**audit**"));
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("report.md"));
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "STORE_EMPTIED");
}

TEST_F(RecoveryTest, AForgedRecordIsPutAsideAndTheTrueOneComesBack) {
  ledger_.Append(40);
  ledger_.Ship();
  ledger_.Append(5);
  ledger_.Ship();
  ledger_.Append(2);  // In the store alone.
  ASSERT_NO_FATAL_FAILURE(Forge(17));
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "CHAIN_BROKEN");
  const auto report = ExpectRepaired("CHAIN_BROKEN");
  EXPECT_FALSE(report.plan.is_safe_unattended);
  ASSERT_EQ(report.attempt->stretches.size(), 2u);
  EXPECT_EQ(report.attempt->stretches[0].last, 45u) << "from the archive";
  EXPECT_EQ(report.attempt->stretches[1].source, "store");
}

TEST_F(RecoveryTest, AForgedLastRecordIsFoundByWhatWasSigned) {
  ledger_.Append(40);
  ledger_.Ship();
  ASSERT_NO_FATAL_FAILURE(Forge(40));
  fs::remove_all(ledger_.data_dir() + "/index");  // Or the forger would have to change it too.
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "WITNESS_DIVERGED");
  ExpectRepaired("TREE_DIFFERS");
}

TEST_F(RecoveryTest, WithoutItsFirstFileNothingOfTheStoreIsThrownAway) {
  ledger_.Append(30);
  ledger_.Ship();
  fs::remove(ledger_.data_dir() + "/log/CURRENT");
  EXPECT_EQ(ReasonOf(ledger_.OpenRepaired().status()), "STORE_EMPTIED") << "not without a person";
  const auto report = ExpectRepaired("STORE_DAMAGED");
  EXPECT_TRUE(fs::exists(report.folder + "/log"));
}

TEST_F(RecoveryTest, GarbageBehindTheLastWriteIsCutOffWithoutAnySource) {
  ledger_.settings().archive.where.clear();
  ledger_.Append(30);
  for (const fs::path& file : FilesOf(".log")) {
    std::ofstream stream(file, std::ios::binary | std::ios::app);
    // A record's head, as if a write had gone wrong: checksum, length 10, type 1.
    stream << std::string("ZZZZ\x0a\x00\x01", 7) << std::string(40, 'g');
  }
  EXPECT_FALSE(ledger_.Serve().ok());
  const auto report = ExpectRepaired("STORE_DAMAGED");
  EXPECT_EQ(report.attempt->stretches[0].source, "store");
}

TEST_F(RecoveryTest, WhereASegmentIsBrokenTheImageHelps) {
  ledger_.Append(60);
  ledger_.Ship("20260116");
  ledger_.Append(40);
  ledger_.Ship();
  const std::string segments = ledger_.archive_dir() + "/segments/0000000001";
  std::vector<fs::path> files(fs::directory_iterator(segments), {});
  ASSERT_GT(files.size(), 2u);
  std::ofstream(*std::min_element(files.begin(), files.end())) << "no segment";
  fs::remove_all(ledger_.data_dir() + "/log");
  const auto report = ExpectRepaired("STORE_MISSING");
  ASSERT_EQ(report.attempt->stretches.size(), 2u);
  EXPECT_EQ(report.attempt->stretches[0].source, "image");
  EXPECT_EQ(report.attempt->stretches[0].last, 60u);
}

TEST_F(RecoveryTest, WhatTheArchiveLacksIsForAPersonToGiveUp) {
  ledger_.Append(20);
  ledger_.Ship();
  ledger_.Append(10);
  ledger_.PutAside("before");
  ASSERT_NO_FATAL_FAILURE(DeleteLiveWal());
  const auto report = ExpectRefused("restore", "STORE_BEHIND");
  EXPECT_THAT(report.Markdown(), HasSubstr("hq-ledger restore --to 20 --into"));
  EXPECT_EQ(report.KnownGoodTo(), 20u);
  ledger_.BringBack("before");
  ExpectServed(ledger_.records());
}

TEST_F(RecoveryTest, NothingIsDoneWhileTheArchiveCannotBeRead) {
  ledger_.Append(20);
  ASSERT_NO_FATAL_FAILURE(DeleteLiveWal());
  ledger_.settings().archive.where = "s3:http://127.0.0.1:1/none";
  ledger_.settings().archive.access_key = ledger_.settings().archive.secret_key = "x";
  ExpectRefused("audit", "STORE_EMPTIED");
}

TEST_F(RecoveryTest, DataThatWereGivenUpAreLeftAlone) {
  ledger_.Append(30);
  ledger_.Ship();
  ledger_.ForkAt(20);
  ledger_.Append(5);
  ledger_.Ship();
  ExpectServed(ledger_.records());
  ledger_.BringBack("given-up");
  ASSERT_NO_FATAL_FAILURE(DeleteLiveWal());
  ExpectRefused("audit", "LATER_LIFE");
}

TEST_F(RecoveryTest, AnEmptyDirectoryBesideALedgersArchiveBecomesNoNewLedger) {
  ledger_.Append(20);
  ledger_.Ship("20260116");
  fs::remove_all(ledger_.data_dir());
  const auto refuses = [&] {
    const Status refused = ledger_.OpenRepaired().status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << refused;
    EXPECT_THAT(AdviceOf(refused).next_step, HasSubstr("hq-ledger restore"));
    return ReasonOf(refused);
  };
  EXPECT_EQ(refuses(), "ARCHIVE_HAS_A_LEDGER");
  fs::create_directories(ledger_.data_dir());  // As a disk that is not mounted looks.
  fs::rename(ledger_.archive_dir() + "/images", ledger_.path("images"));
  EXPECT_EQ(refuses(), "ARCHIVE_HAS_A_LEDGER") << "segments are enough";
  fs::remove_all(ledger_.archive_dir() + "/segments");
  fs::rename(ledger_.path("images"), ledger_.archive_dir() + "/images");
  EXPECT_EQ(refuses(), "ARCHIVE_HAS_A_LEDGER") << "an image is enough";
  EXPECT_TRUE(fs::is_empty(ledger_.data_dir())) << "nothing is in a restore's way";
  ledger_.settings().archive.where = "dir:" + ledger_.path("new-archive");
  EXPECT_EQ(ledger_.OpenRepaired().status(), absl::OkStatus());
  // Once it is there, its archive is not asked any more.
  ledger_.settings().archive.where = "dir:" + ledger_.archive_dir();
  EXPECT_TRUE(ledger_.OpenRepaired().ok());
}

TEST_F(RecoveryTest, WhetherALedgerIsNewIsNotGuessedWhileTheArchiveCannotBeRead) {
  ledger_.settings().archive.where = "s3:http://127.0.0.1:1/none";
  ledger_.settings().archive.access_key = ledger_.settings().archive.secret_key = "x";
  EXPECT_EQ(ReasonOf(ledger_.OpenRepaired().status()), "ARCHIVE_UNAVAILABLE");
  EXPECT_FALSE(fs::exists(ledger_.data_dir() + "/log"));
  ledger_.Append(3);
  EXPECT_TRUE(ledger_.OpenRepaired().ok()) << "a ledger that is there needs no archive";
}

TEST_F(RecoveryTest, ALaterLifeComesBackAsALaterLife) {
  ledger_.Append(30);
  ledger_.Ship();
  ledger_.ForkAt(20);
  ledger_.Append(5);
  ledger_.Ship();
  fs::remove_all(ledger_.data_dir() + "/log");
  const auto report = ExpectRepaired("STORE_MISSING");
  EXPECT_EQ(report.attempt->end, 26u);
  EXPECT_EQ(ledger_.Open()->ForkNotes().size(), 1u);
}

TEST_F(RecoveryTest, ADamagedCheckpointFileGoesIfAnotherSpeaksForTheStore) {
  ledger_.Append(20);
  std::ofstream(ledger_.data_dir() + "/checkpoint") << "no note";
  EXPECT_EQ(ReasonOf(ledger_.Serve().status()), "CHECKPOINT_FILE_DAMAGED");
  const auto report = ExpectRepaired("CHECKPOINT_FILE_DAMAGED");
  EXPECT_EQ(Whole(report.folder + "/checkpoint"), "no note");

  std::ofstream(ledger_.data_dir() + "/checkpoint") << "no note";
  fs::remove(ledger_.data_dir() + "/cosigned.json");
  ExpectRefused("audit", "CHECKPOINT_FILE_DAMAGED");
}

TEST_F(RecoveryTest, SourcesWithOtherRecordsAtOnePositionAreNotMixed) {
  ledger_.Append(20);
  ledger_.PutAside("before");
  ledger_.Append(1);
  ledger_.PutAside("one");
  ledger_.BringBack("before");
  ledger_.Append(2);
  const auto one = ledger::StoredLog::OpenToRead(ledger_.path("one"));
  const auto other = ledger::StoredLog::OpenToRead(ledger_.data_dir());
  ASSERT_TRUE(one.ok() && other.ok()) << one.status() << other.status();
  const auto take = [](const auto&) { return absl::OkStatus(); };
  ledger::HistoryWalk walk;
  EXPECT_EQ(ledger::StoreSource("image", **one, 21).Continue(walk, take, take), absl::OkStatus());
  const Status refused = ledger::StoreSource("store", **other, 22).Continue(walk, take, take);
  EXPECT_EQ(ReasonOf(refused), "SOURCES_DISAGREE") << refused;
  EXPECT_EQ(walk.head().position, 21u) << "nothing was taken on top";
}

TEST_F(RecoveryTest, ARunningLedgerIsNotTouched) {
  ledger_.Append(10);
  const auto log = ledger_.Open();
  EXPECT_EQ(ReasonOf(ledger_.Recover().status()), "LEDGER_RUNS");
}

TEST_F(RecoveryTest, WhatWasAnnouncedComesBackToo) {
  NatsServer nats;
  ledger_.settings().announcer.login = nats.LedgerLogin();
  ledger_.Append(20);
  ledger_.Ship();
  ledger_.Append(15);
  {
    const auto log = ledger_.Open();
    ledger::Readiness readiness;
    ledger::NatsAnnouncer announcer(*log, ledger_.settings().announcer, readiness,
                                    ledger_.metrics());
    std::jthread thread([&](std::stop_token stop) { announcer.Run(stop); });
    ASSERT_TRUE(Eventually([&] {
      return ledger_.metrics().Text().find("\nhq_ledger_announced_position 35\n") !=
             std::string::npos;
    }));
  }
  fs::remove_all(ledger_.data_dir() + "/log");
  ledger_.PutAside("without-store");
  const auto report = ExpectRepaired("STORE_MISSING");
  ASSERT_EQ(report.attempt->stretches.size(), 2u);
  EXPECT_EQ(report.attempt->stretches[1].source, "announcements");
  EXPECT_EQ(report.attempt->stretches[1].first, 21u);

  ledger_.BringBack("without-store");
  ledger_.settings().archive.where.clear();
  EXPECT_EQ(ExpectRepaired("STORE_MISSING").attempt->stretches.size(), 1u);

  ledger_.BringBack("without-store");
  nats.Stop();
  ExpectRefused("audit", "STORE_MISSING");
}

}  // namespace
}  // namespace hq::testing
