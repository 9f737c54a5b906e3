// Goal: whatever happens to the files of a service's views, no row is missing in silence: all are
// as written, or the process ends, or the database is made anew.
// Method: one byte flipped at a random offset of each kind of file; files that are cut or gone;
// rows that do not parse; a disk that does not read.
#include <gtest/gtest.h>
#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <random>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "common/rocks/database.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "services/decision/views/policies.hpp"
#include "tests/support/seed.hpp"
#include "tests/support/soak.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::rocks {
namespace {

namespace fs = std::filesystem;

constexpr int kBatchesInTables = 30;  // In three table files; the others are in the write log.
constexpr int kBatches = 40;
constexpr int kRowsInBatch = 5;
constexpr const char* kUnparsable = "\xff\xff\xff";

// Thrown where the process would end.
struct Ended {
  std::string why;
};

Database::End Throwing() {
  return [](const std::string& why) { throw Ended{why}; };
}

std::string NumberedKey(int row) {
  std::string digits = std::to_string(row);
  return "row/" + std::string(6 - digits.size(), '0') + digits;
}

// Long, and not to be compressed.
std::string ValueOf(int row) {
  std::string value;
  while (value.size() < 300) value += Sha256(std::to_string(row) + value);
  return value;
}

// All rows after so many batches, in the order of their keys.
std::vector<Row> RowsAfter(int batches) {
  std::vector<Row> rows = {{"count", std::to_string(batches)}};
  for (int row = 0; row < batches * kRowsInBatch; ++row)
    rows.emplace_back(NumberedKey(row), ValueOf(row));
  return rows;
}

void WriteDatabase(const std::string& directory) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  HQ_CHECK(rocksdb::DB::Open(options, directory, &opened).ok(), "a database can be made");
  const std::unique_ptr<rocksdb::DB> db(opened);
  for (int number = 1; number <= kBatches; ++number) {
    rocksdb::WriteBatch batch;
    batch.Put("count", std::to_string(number));
    for (int row = (number - 1) * kRowsInBatch; row < number * kRowsInBatch; ++row)
      batch.Put(NumberedKey(row), ValueOf(row));
    HQ_CHECK(db->Write(rocksdb::WriteOptions(), &batch).ok(), "a batch can be written");
    if (number <= kBatchesInTables && number % 10 == 0)
      HQ_CHECK(db->Flush(rocksdb::FlushOptions()).ok(), "a table can be written");
  }
}

enum class Outcome { kWhole, kEarlier, kEnded, kMadeAnew };

class DamagedViews : public ::testing::Test {
 protected:
  DamagedViews() {
    WriteDatabase(scratch_ / "pristine");
    Reset();
  }

  std::string directory() const { return scratch_ / "views"; }

  void Reset() {
    fs::remove_all(directory());
    fs::copy(scratch_ / "pristine", directory(), fs::copy_options::recursive);
  }

  bool IsMarked() const { return fs::exists(fs::path(directory()) / "DAMAGED"); }

  // The last, by its name, of those files that hold something and whose name contains `like`.
  fs::path FileLike(const std::string& like) const {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(directory()))
      if (entry.path().filename().string().find(like) != std::string::npos && entry.file_size() > 0)
        files.push_back(entry.path());
    HQ_CHECK(!files.empty(), "there is a file of every kind");
    return *std::max_element(files.begin(), files.end());
  }

  // What a process meets that opens it and reads every row, by scanning and by its key.
  Outcome Read(rocksdb::Env* disk = nullptr) {
    try {
      const auto database = Database::Open(directory(), disk, Throwing());
      EXPECT_TRUE(database.ok()) << database.status();
      if (!database.ok()) return Outcome::kEnded;
      const auto rows = (*database)->Under("");
      const auto count = rows->Get("count");
      const auto found = rows->Scan("");
      if (!count) {
        EXPECT_TRUE(found.empty()) << found.size() << " rows without their count";
        return Outcome::kMadeAnew;
      }
      const int batches = std::stoi(*count);
      EXPECT_GE(batches, kBatchesInTables);
      const auto expected = RowsAfter(batches);
      EXPECT_TRUE(found == expected) << found.size() << " rows after " << batches << " batches";
      for (const auto& [key, value] : expected) EXPECT_TRUE(rows->Get(key) == value) << key;
      return batches == kBatches ? Outcome::kWhole : Outcome::kEarlier;
    } catch (const Ended&) {
      return Outcome::kEnded;
    }
  }

  void ExpectEmptyAndUsable() {
    {
      const auto database = Database::Open(directory(), nullptr, Throwing());
      ASSERT_TRUE(database.ok()) << database.status();
      EXPECT_TRUE((*database)->Everything().empty());
      EXPECT_FALSE(IsMarked());
      Batch batch(**database);
      batch.Under("")->Put("row", "value");
      ASSERT_TRUE(batch.Commit().ok());
    }
    const auto database = Database::Open(directory(), nullptr, Throwing());
    ASSERT_TRUE(database.ok()) << database.status();
    EXPECT_EQ((*database)->Everything(), (std::vector<Row>{{"row", "value"}}));
  }

  testing::TempDir scratch_;
};

struct RottenFile {
  const char* name;
  const char* like;
  bool is_noticed = true;    // Most of its bytes are read, and a wrong one shows.
  bool may_go_back = false;  // Its end may be lost, as after a power cut.
  // How much of it is tried, from its first byte on: behind its rows a table has properties, and at
  // some wrong bits of those RocksDB itself aborts.
  unsigned percent = 100;
};

void PrintTo(const RottenFile& file, std::ostream* out) { *out << file.name; }

class RottenViewsSoak : public DamagedViews, public ::testing::WithParamInterface<RottenFile> {
 protected:
  // Says what it did, for the message of a failing test.
  std::string Flip() {
    const fs::path path = FileLike(GetParam().like);
    const auto offset = static_cast<std::streamoff>(
        random_() % std::max<std::uintmax_t>(fs::file_size(path) * GetParam().percent / 100, 1));
    const int bits = 1 + static_cast<int>(random_() % 255);
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(offset);
    const char byte = static_cast<char>(file.get() ^ bits);
    file.seekp(offset);
    file.put(byte);
    return path.string() + ": byte " + std::to_string(offset) + " ^ " + std::to_string(bits);
  }

  std::mt19937_64 random_{testing::Seed()};
};

TEST_P(RottenViewsSoak, NoRowIsMissingInSilence) {
  int noticed = 0;
  int earlier = 0;
  for (int round = 0; round < testing::Rounds(10, 500); ++round) {
    Reset();
    SCOPED_TRACE(Flip());
    const Outcome outcome = Read();
    if (outcome == Outcome::kEarlier) ++earlier;
    if (outcome == Outcome::kEnded) {
      EXPECT_TRUE(IsMarked());
    }
    if (outcome == Outcome::kEnded || outcome == Outcome::kMadeAnew) {
      ++noticed;
      ExpectEmptyAndUsable();
    }
    if (HasFailure()) return;
  }
  if (GetParam().is_noticed) {
    EXPECT_GT(noticed, 0);
  }
  EXPECT_EQ(earlier > 0, GetParam().may_go_back);
}

INSTANTIATE_TEST_SUITE_P(Files, RottenViewsSoak,
                         ::testing::Values(RottenFile{"Table", ".sst", true, false, 80},
                                           RottenFile{"Manifest", "MANIFEST-"},
                                           RottenFile{"Current", "CURRENT"},
                                           RottenFile{"WriteLog", ".log", false, true},
                                           RottenFile{"Options", "OPTIONS-", false},
                                           RottenFile{"Identity", "IDENTITY", false}),
                         ::testing::PrintToStringParamName());

TEST_F(DamagedViews, WhatIsWholeIsReadAsWritten) { EXPECT_EQ(Read(), Outcome::kWhole); }

// RocksDB reads it as one of an earlier time, deletes the tables that this does not name and plays
// the log behind them.
TEST_F(DamagedViews, AManifestThatIsCutIsNotBelieved) {
  constexpr std::uintmax_t kParts = 16;
  int noticed = 0;
  for (std::uintmax_t part = 1; part < kParts && !HasFailure(); ++part) {
    Reset();
    const fs::path manifest = FileLike("MANIFEST-");
    const std::uintmax_t size = fs::file_size(manifest) * part / kParts;
    SCOPED_TRACE("cut to " + std::to_string(size) + " bytes");
    fs::resize_file(manifest, size);
    const Outcome outcome = Read();
    if (outcome == Outcome::kWhole) continue;  // What was lost names no table.
    EXPECT_EQ(outcome, Outcome::kMadeAnew);
    ExpectEmptyAndUsable();
    ++noticed;
  }
  EXPECT_GT(noticed, 0);
}

// RocksDB would begin a new database, and play the old log into it.
TEST_F(DamagedViews, FilesWithoutACurrentAreNotTakenForNothing) {
  fs::remove(FileLike("CURRENT"));
  EXPECT_EQ(Read(), Outcome::kMadeAnew);
  ExpectEmptyAndUsable();
}

TEST_F(DamagedViews, AMissingTableIsNoticed) {
  fs::remove(FileLike(".sst"));
  EXPECT_EQ(Read(), Outcome::kMadeAnew);
  ExpectEmptyAndUsable();
}

TEST_F(DamagedViews, AnotherProcessesDatabaseIsLeftAlone) {
  const auto held = Database::Open(directory(), nullptr, Throwing());
  ASSERT_TRUE(held.ok()) << held.status();
  const auto refused = Database::Open(directory(), nullptr, Throwing());
  EXPECT_TRUE(absl::IsUnavailable(refused.status())) << refused.status();
  EXPECT_FALSE(IsMarked());
  EXPECT_EQ((*held)->Everything(), RowsAfter(kBatches));
}

TEST_F(DamagedViews, ARowThatDoesNotParseEndsTheProcessAndTheNextBeginsAnew) {
  const fs::path vouched_for = fs::path(directory()) / "witness" / "seen";
  fs::create_directories(vouched_for.parent_path());
  std::ofstream(vouched_for) << "what this service has vouched for";
  {
    const auto database = Database::Open(directory(), nullptr, Throwing());
    ASSERT_TRUE(database.ok()) << database.status();
    Batch batch(**database);
    batch.Under("v/")->Put("lock", kUnparsable);
    EXPECT_THROW(batch.Under("v/")->GetMessage<ledger::v1::Cursor>("lock"), Ended);
    ASSERT_TRUE(batch.Commit().ok());
    EXPECT_THROW((*database)->Under("v/")->GetMessage<ledger::v1::Cursor>("lock"), Ended);
    EXPECT_FALSE((*database)->Under("v/")->GetMessage<ledger::v1::Cursor>("none").has_value());
  }
  EXPECT_TRUE(IsMarked());
  ExpectEmptyAndUsable();
  EXPECT_TRUE(fs::exists(vouched_for));
}

TEST_F(DamagedViews, AnUnreadableKillSwitchIsNoReleasedOne) {
  const auto database = Database::Open(directory(), nullptr, Throwing());
  ASSERT_TRUE(database.ok()) << database.status();
  const decision::Policies policies(**database);
  Batch batch(**database);
  batch.Under(policies.prefix())->Put("switch/global", kUnparsable);
  ASSERT_TRUE(batch.Commit().ok());
  EXPECT_THROW(policies.InForce(), Ended);
}

// In the default that a service has, and when whoever is told returns.
TEST_F(DamagedViews, TheProcessItselfEnds) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const auto remove_and_return = [this](const std::string&) {
    std::error_code left_over;  // RocksDB removes files at the same time.
    fs::remove_all(scratch_.path(), left_over);
  };
  const auto read_unparsable = [&] {
    const auto database = Database::Open(directory(), nullptr, remove_and_return);
    Batch batch(**database);
    batch.Under("")->Put("lock", kUnparsable);
    (void)batch.Under("")->GetMessage<ledger::v1::Cursor>("lock");
  };
  EXPECT_DEATH(read_unparsable(), "rows must be readable");
}

// A disk whose tables cannot be read for a while: EIO.
class SickFiles final : public rocksdb::FileSystemWrapper {
 public:
  SickFiles() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}

  const char* Name() const override { return "SickFiles"; }

  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext* context) override {
    std::unique_ptr<rocksdb::FSRandomAccessFile> file;
    const auto status = target()->NewRandomAccessFile(path, options, &file, context);
    if (status.ok()) *result = std::make_unique<File>(std::move(file), is_sick);
    return status;
  }

  std::atomic<bool> is_sick = false;

 private:
  class File final : public rocksdb::FSRandomAccessFileOwnerWrapper {
   public:
    File(std::unique_ptr<rocksdb::FSRandomAccessFile> file, const std::atomic<bool>& is_sick)
        : FSRandomAccessFileOwnerWrapper(std::move(file)), is_sick_(is_sick) {}

    rocksdb::IOStatus Read(std::uint64_t offset, std::size_t size,
                           const rocksdb::IOOptions& options, rocksdb::Slice* result, char* scratch,
                           rocksdb::IODebugContext* context) const override {
      if (is_sick_) return rocksdb::IOStatus::IOError("EIO");
      return target()->Read(offset, size, options, result, scratch, context);
    }

   private:
    const std::atomic<bool>& is_sick_;
  };
};

TEST_F(DamagedViews, ADiskThatDoesNotReadEndsTheProcessAndIsNoDamage) {
  const auto files = std::make_shared<SickFiles>();
  const auto disk = rocksdb::NewCompositeEnv(files);
  {
    const auto database = Database::Open(directory(), disk.get(), Throwing());
    ASSERT_TRUE(database.ok()) << database.status();
    const auto rows = (*database)->Under("");
    Batch batch(**database);
    files->is_sick = true;
    EXPECT_THROW(rows->Get(NumberedKey(0)), Ended);
    EXPECT_THROW(rows->Scan("row/"), Ended);
    EXPECT_THROW(batch.Under("")->Get(NumberedKey(0)), Ended);
    EXPECT_THROW(batch.Under("")->Scan("row/"), Ended);
    EXPECT_THROW((*database)->Everything(), Ended);
    files->is_sick = false;
  }
  EXPECT_FALSE(IsMarked());
  EXPECT_EQ(Read(disk.get()), Outcome::kWhole);
}

}  // namespace
}  // namespace hq::rocks
