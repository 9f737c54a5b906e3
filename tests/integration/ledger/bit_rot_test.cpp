// Goal: whatever byte of whatever file rots while the ledger does not run, the ledger refuses and
// says why, or serves exactly what is true; never a wrong byte. Then a repair brings everything
// back where there is something to bring it back from, and a restore gives what is true or nothing.
// Method: one byte flipped at a random offset of each kind of file, on a ledger in its second life,
// with rows in a table file, rows in the write log, blobs, and a whole archive. The spool of
// imports has no name on disk and is not among them.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/integration/ledger/kept_ledger.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"

namespace hq::testing {
namespace {

namespace fs = std::filesystem;
using ledger::NameOf;

// Files of one kind, and the part of them that is flipped: in thousandths, from and until.
struct FileKind {
  const char* name;
  const char* folder;  // Under the test's directory.
  const char* like;    // What the file's name contains.
  int from = 0;
  int until = 1000;
};

void PrintTo(const FileKind& kind, std::ostream* out) { *out << kind.name; }

class BitRotSoak : public ::testing::TestWithParam<FileKind> {
 protected:
  BitRotSoak() : random_(Seed()) {
    ledger_.Append(60);
    blob_ = ledger_.PutBlob("a plan");
    ledger_.Ship();
    ledger_.ForkAt(50);
    blob_ = ledger_.PutBlob("a plan");
    plan_ = ledger_.AppendPlan(kPlan);
    ledger_.Append(40);
    ledger_.Ship("20260116");  // Opening it again moves these into table files.
    forks_ = ledger_.Open()->ForkNotes();
    ledger_.AppendAndShip(30);  // These stay in the write log.
    KeepAsPristine();
  }

  // As everything is now, so Reset makes it again.
  void KeepAsPristine() {
    ledger_.PutAside("pristine");
    fs::remove_all(ledger_.path("pristine-archive"));
    fs::copy(ledger_.archive_dir(), ledger_.path("pristine-archive"), fs::copy_options::recursive);
  }

  // Everything as it was written.
  void Reset() {
    ledger_.BringBack("pristine");
    fs::remove_all(ledger_.archive_dir());
    fs::copy(ledger_.path("pristine-archive"), ledger_.archive_dir(), fs::copy_options::recursive);
  }

  fs::path AnyFile() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(ledger_.path(GetParam().folder)))
      if (entry.is_regular_file() && entry.file_size() > 0 &&
          entry.path().string().find(GetParam().like) != std::string::npos)
        files.push_back(entry.path());
    HQ_CHECK(!files.empty(), "there is a file of every kind");
    std::sort(files.begin(), files.end());
    return files[random_() % files.size()];
  }

  // Says what it did, for the message of a failing test.
  std::string Flip(const fs::path& path) {
    const std::uintmax_t size = fs::file_size(path);
    const std::uintmax_t from = size * static_cast<unsigned>(GetParam().from) / 1000;
    const std::uintmax_t until =
        std::max(from + 1, size * static_cast<unsigned>(GetParam().until) / 1000);
    const std::uintmax_t offset = from + random_() % (until - from);
    const int bits = 1 + static_cast<int>(random_() % 255);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(offset));
    const char byte = static_cast<char>(file.get() ^ bits);
    file.seekp(static_cast<std::streamoff>(offset));
    file.put(byte);
    return path.string() + ": byte " + std::to_string(offset) + " of " + std::to_string(size) +
           " ^ " + std::to_string(bits);
  }

  // Whether it serves; if so it serves what is true, and if not it says why.
  bool ServesTheTruth() {
    const auto served = ledger_.Serve();
    if (!served.ok()) {
      const bool says_why = absl::IsDataLoss(served.status()) ||
                            !AdviceOf(served.status()).reason.empty() ||
                            absl::IsInvalidArgument(served.status());
      EXPECT_TRUE(says_why) << served.status();
      return false;
    }
    EXPECT_TRUE(*served == ledger_.records()) << served->size() << " records";
    const auto log = ledger_.Open();
    EXPECT_TRUE(log->ForkNotes() == forks_);
    const auto content = log->GetBlob(blob_);
    // No record names it, so it is in no archive: a store that was made anew may be without it.
    const std::string why = AdviceOf(content.status()).reason;
    const bool may_be_absent = why == "BLOB_DAMAGED" || why == "NO_SUCH_BLOB";
    EXPECT_TRUE(content.ok() ? *content == "a plan" : may_be_absent) << content.status();
    const auto plan = log->GetBlob(plan_);
    EXPECT_TRUE(plan.ok() ? *plan == kPlan : AdviceOf(plan.status()).reason == "BLOB_DAMAGED")
        << plan.status();
    return true;
  }

  static constexpr const char* kPlan = "a plan that a record names";

  KeptLedger ledger_;
  std::mt19937_64 random_;
  std::string blob_;  // Digests.
  std::string plan_;
  std::vector<std::string> forks_;
};

class DataBitRotSoak : public BitRotSoak {};

TEST_P(DataBitRotSoak, IsRefusedOrHarmlessAndThenRepaired) {
  for (int round = 0; round < Rounds(3, 300); ++round) {
    Reset();
    SCOPED_TRACE(Flip(AnyFile()));
    const bool served = ServesTheTruth();
    const auto report = ledger_.Recover();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->is_done || NameOf(report->plan.rung) == "open") << report->Markdown();
    EXPECT_TRUE(ServesTheTruth()) << (served ? "it served before the repair\n" : "")
                                  << report->Markdown();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, DataBitRotSoak,
                         ::testing::Values(FileKind{"WriteLog", "data/log", ".log"},
                                           FileKind{"TableData", "data/log", ".sst", 0, 600},
                                           FileKind{"TableIndex", "data/log", ".sst", 600, 950},
                                           FileKind{"TableFooter", "data/log", ".sst", 950, 1000},
                                           FileKind{"Manifest", "data/log", "MANIFEST"},
                                           FileKind{"Current", "data/log", "CURRENT"},
                                           FileKind{"Options", "data/log", "OPTIONS"},
                                           FileKind{"Identity", "data/log", "IDENTITY"},
                                           FileKind{"Index", "data/index", ".sst"},
                                           FileKind{"IndexManifest", "data/index", "MANIFEST"},
                                           FileKind{"Checkpoint", "data", "/checkpoint"},
                                           FileKind{"Cosigned", "data", "/cosigned.json"},
                                           FileKind{"PublicKey", "data", "/signing.pub"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

class KeyBitRotSoak : public BitRotSoak {};

// Any 32 bytes are a key: another one signs nothing that anybody believes, and the records stay.
TEST_P(KeyBitRotSoak, SpoilsNoRecord) {
  std::string key(32, 'k');
  for (int round = 0; round < Rounds(3, 100); ++round) {
    Reset();
    const fs::path file = ledger_.settings().key_file;
    SCOPED_TRACE(Flip(file));
    ServesTheTruth();
    const auto report = ledger_.Recover();
    ASSERT_TRUE(report.ok()) << report.status();
    std::ofstream(file, std::ios::binary | std::ios::trunc) << key;
    EXPECT_TRUE(ServesTheTruth()) << report->Markdown();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, KeyBitRotSoak,
                         ::testing::Values(FileKind{"SigningKey", "", "/signing.key"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

class ArchiveBitRotSoak : public BitRotSoak {};

// A ledger that has lost everything, and an archive in which one byte is wrong: all of the truth or
// nothing comes back.
TEST_P(ArchiveBitRotSoak, NeverComesBackAsHistory) {
  for (int round = 0; round < Rounds(3, 300); ++round) {
    Reset();
    const std::string flipped = Flip(AnyFile());
    SCOPED_TRACE(flipped);
    EXPECT_TRUE(ServesTheTruth()) << "the ledger itself is whole";
    fs::remove_all(ledger_.data_dir() + "/log");
    const auto report = ledger_.Recover();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(ServesTheTruth(), report->is_done) << report->Markdown();
    EXPECT_TRUE(report->is_done || NameOf(report->plan.rung) != "repair" ||
                !report->failure.empty())
        << report->Markdown();
    const bool is_needed = flipped.find("/segments/") != std::string::npos ||
                           flipped.find("/forks/") != std::string::npos ||
                           flipped.find("/blobs/") != std::string::npos;
    EXPECT_TRUE(report->is_done || is_needed) << report->Markdown();
    if (HasFailure()) return;
  }
}

const FileKind kArchiveFiles[] = {{"Segment", "archive/segments", ".seg"},
                                  {"Blob", "archive/blobs", "/"},
                                  {"ForkStatement", "archive/forks", "/"},
                                  {"ImagePart", "archive/images", "/"},
                                  {"ImageManifest", "archive/images", "/manifest"}};

INSTANTIATE_TEST_SUITE_P(Files, ArchiveBitRotSoak, ::testing::ValuesIn(kArchiveFiles),
                         [](const auto& tested) { return std::string(tested.param.name); });

class RestoreBitRotSoak : public BitRotSoak {
 protected:
  const std::string into_ = ledger_.path("from-archive");

  Result<ledger::Restored> RestoreAll() {
    fs::remove_all(into_);
    ledger::RestoreOrder order;
    order.into = into_;
    if (std::string(GetParam().folder) == "archive/images") order.image_day = "20260116";
    return ledger_.Restore(order);
  }

  // All that there was, and behind it the first record of a new life.
  void ExpectTrue(const ledger::Restored& restored) const {
    const auto log = ledger::StoredLog::OpenToRead(into_);
    ASSERT_TRUE(log.ok()) << log.status();
    std::vector<std::string> records;
    const Status read = (*log)->ForEach([&](Position, std::string_view frames) {
      ledger::FrameWalker walker(frames);
      while (const auto record = walker.Next()) records.emplace_back(*record);
      return absl::OkStatus();
    });
    EXPECT_EQ(read, absl::OkStatus());
    ASSERT_EQ(records.size(), ledger_.records().size() + 1);
    records.pop_back();
    EXPECT_TRUE(records == ledger_.records());
    EXPECT_EQ((*log)->GetBlob(plan_).value_or(""), kPlan);
    std::vector<std::string> forks = forks_;
    forks.push_back(restored.note);
    EXPECT_TRUE((*log)->ForkNotes().value_or(std::vector<std::string>()) == forks);
  }
};

// A restore reads the archive alone: what it cannot prove it leaves.
TEST_P(RestoreBitRotSoak, GivesTheTruthOrNothing) {
  const auto whole = RestoreAll();
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_NO_FATAL_FAILURE(ExpectTrue(*whole));
  for (int round = 0; round < Rounds(3, 300); ++round) {
    Reset();
    const std::string flipped = Flip(AnyFile());
    SCOPED_TRACE(flipped);
    const auto restored = RestoreAll();
    if (restored.ok()) {
      ASSERT_NO_FATAL_FAILURE(ExpectTrue(*restored));
    } else {
      EXPECT_FALSE(fs::exists(into_)) << restored.status();
    }
    // These are read from the first byte to the last, and each byte of them counts.
    const bool is_read_whole = flipped.find("/blobs/") != std::string::npos ||
                               flipped.find("/segments/0000000002/") != std::string::npos;
    EXPECT_FALSE(is_read_whole && restored.ok());
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, RestoreBitRotSoak, ::testing::ValuesIn(kArchiveFiles),
                         [](const auto& tested) { return std::string(tested.param.name); });

class WitnessedBitRotSoak : public BitRotSoak {
 protected:
  // A store that went back with all that lies beside it, and a witness that has shown what is
  // missing: no other file says it.
  WitnessedBitRotSoak() {
    ledger_.PutAside("behind");
    ledger_.AppendAndShip(10);
    const auto cosigned = ledger::CheckpointFiles(ledger_.data_dir()).LoadCosigned();
    HQ_CHECK(cosigned.ok() && !cosigned->empty(), "a witness has cosigned the whole ledger");
    ledger_.BringBack("behind");
    std::ofstream(ledger_.data_dir() + "/witnessed", std::ios::binary) << cosigned->back();
    KeepAsPristine();
  }
};

TEST_P(WitnessedBitRotSoak, LetsNobodyServeWhatIsBehind) {
  EXPECT_EQ(AdviceOf(ledger_.Serve().status()).reason, "WITNESS_AHEAD");
  for (int round = 0; round < Rounds(3, 300); ++round) {
    Reset();
    SCOPED_TRACE(Flip(AnyFile()));
    EXPECT_FALSE(ServesTheTruth());
    const auto report = ledger_.Recover();
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_TRUE(report->is_done) << report->Markdown();
    EXPECT_TRUE(ServesTheTruth()) << report->Markdown();
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Files, WitnessedBitRotSoak,
                         ::testing::Values(FileKind{"Witnessed", "data", "/witnessed"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

class NoticeBitRotSoak : public BitRotSoak {
 protected:
  // Opens the ledger and lets it record what a repair has left; the records it has then.
  std::vector<std::string> RecordsBehindNotice() {
    const auto log = ledger_.Open();
    ledger::RepairNotice notice(ledger_.data_dir(), *log, [] { return absl::OkStatus(); });
    notice.Run({});
    return KeptLedger::RecordsOf(*log);
  }
};

// What it says would stand on the ledger for ever.
TEST_P(NoticeBitRotSoak, IsNotRecorded) {
  fs::remove_all(ledger_.data_dir() + "/log");
  const auto report = ledger_.Recover();
  ASSERT_TRUE(report.ok() && report->is_done) << report.status();
  const std::string file = ledger::RepairNoticeFile(ledger_.data_dir());
  ASSERT_TRUE(fs::exists(file));
  KeepAsPristine();
  EXPECT_EQ(RecordsBehindNotice().size(), ledger_.records().size() + 1);
  for (int round = 0; round < Rounds(3, 300); ++round) {
    Reset();
    SCOPED_TRACE(Flip(AnyFile()));
    EXPECT_TRUE(RecordsBehindNotice() == ledger_.records());
    EXPECT_FALSE(fs::exists(file)) << "told once";
    EXPECT_TRUE(fs::exists(file + ".unreadable")) << "for a person to look at";
    EXPECT_TRUE(ServesTheTruth());
    if (HasFailure()) return;
  }
  Reset();
  const auto event = ledger::ReadRepairNotice(ledger_.data_dir());
  ASSERT_TRUE(event.ok()) << event.status();
  std::ofstream(file, std::ios::binary | std::ios::trunc) << *event;  // As it was written before.
  EXPECT_TRUE(RecordsBehindNotice() == ledger_.records());
  EXPECT_FALSE(fs::exists(file));
  EXPECT_TRUE(fs::exists(file + ".unreadable"));
}

INSTANTIATE_TEST_SUITE_P(Files, NoticeBitRotSoak,
                         ::testing::Values(FileKind{"Notice", "data/recovery", "/notice"}),
                         [](const auto& tested) { return std::string(tested.param.name); });

// A store that is built anew has lost a blob that the archive has: once the stores are exchanged
// nobody fetches it any more.
TEST(RepairOfBlobs, WaitsForWhatTheArchiveDoesNotGiveJustNow) {
  KeptLedger ledger;
  ledger.Append(20);
  const std::string plan = ledger.AppendPlan("a plan");
  ledger.Append(100);  // So that another segment is what the repair needs of the archive.
  ledger.Ship();
  {
    const auto log = ledger::StoredLog::OpenToWrite(ledger.data_dir());
    ASSERT_TRUE(log.ok()) << log.status();
    ASSERT_EQ((*log)->PutBlob(plan, "rotten"), absl::OkStatus());
    ASSERT_EQ((*log)->Append(121, "no record"), absl::OkStatus());
    ASSERT_EQ((*log)->Finish(), absl::OkStatus());
  }
  const fs::path blob = ledger.archive_dir() + "/" + ledger::BlobName(plan);
  fs::rename(blob, ledger.path("blob"));
  fs::create_directory(blob);  // Which cannot be read.
  const auto waiting = ledger.Recover();
  ASSERT_TRUE(waiting.ok()) << waiting.status();
  EXPECT_EQ(NameOf(waiting->plan.rung), "repair") << waiting->Markdown();
  EXPECT_FALSE(waiting->is_done);
  EXPECT_NE(waiting->failure.find("the archive"), std::string::npos) << waiting->failure;
  EXPECT_FALSE(fs::exists(waiting->folder + "/log")) << "the store is where it was";
  fs::remove(blob);
  fs::rename(ledger.path("blob"), blob);
  const auto repaired = ledger.Recover();
  ASSERT_TRUE(repaired.ok() && repaired->is_done) << repaired.status();
  EXPECT_EQ(ledger.Open()->GetBlob(plan).value_or(""), "a plan");
  EXPECT_TRUE(ledger.Serve().value_or(std::vector<std::string>()) == ledger.records());
}

}  // namespace
}  // namespace hq::testing
