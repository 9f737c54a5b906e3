// Goal: an import is all or nothing for whoever looks at the document, in the document's order,
// once, whoever repeats it and wherever it was cut off. Method: the ledger in memory, and a ledger
// before it that refuses.
#include "services/ledger/adapters/entry_import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "services/ledger/core/entry_document.hpp"
#include "services/ledger/core/limits.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/forwarding_event_log.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/sample_documents.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::ledger {
namespace {

using testing::MemoryEventLog;
using testing::MemoryLedger;

// Passes appends on, unless told to refuse.
class RefusingLog final : public testing::ForwardingEventLog {
 public:
  using ForwardingEventLog::ForwardingEventLog;

  // What to answer the n-th append with, from 1; OK passes it on.
  std::function<Status(int)> refuses = [](int) { return absl::OkStatus(); };
  int appends = 0;

  void AppendAsync(v1::AppendRequest request, OnAppended done) override {
    const Status status = refuses(++appends);
    if (!status.ok()) return done(status);
    ForwardingEventLog::AppendAsync(std::move(request), std::move(done));
  }
};

class EntryImportTest : public ::testing::Test {
 protected:
  struct Outcome {
    Status status;
    v1::ImportSummary summary;
  };

  Outcome Import(
      const std::string& document, const std::string& admin = "ann",
      const EntryImport::Heartbeat& heartbeat = [](const auto&) { return true; }) {
    auto spool = SpoolFile::Create(directory_ / "spool", 0);
    HQ_CHECK(spool.ok() && (*spool)->Append(document).ok(), "a document can be spooled");
    EntryImport import(refusing_, clock_, **spool, admin, heartbeat);
    Status status = import.Check();
    if (status.ok()) status = import.Append();
    return {status, import.summary()};
  }

  std::string Exported() const {
    std::string document;
    for (const auto& recorded : ledger_.records) document += EntryLineOf(recorded.record) + "\n";
    return document;
  }

  testing::FakeClock clock_{1'793'000'000'000'000};  // After every sample.
  testing::TempDir directory_;
  MemoryLedger ledger_{clock_};
  MemoryEventLog log_{ledger_, {"ledger", "service", {}}};
  RefusingLog refusing_{log_};
};

TEST_F(EntryImportTest, TheWhitepapersSamplesComeInAndGoOut) {
  for (const char* document :
       {testing::kSectionSeven, testing::kSectionNine, testing::kAppendixB}) {
    const std::string before = Exported();
    const auto outcome = Import(document);
    ASSERT_TRUE(outcome.status.ok()) << outcome.status;
    EXPECT_EQ(outcome.summary.appended(), outcome.summary.entries());
    EXPECT_EQ(Exported(), before + document);
  }
  const auto& record = ledger_.records[0].record;
  EXPECT_EQ(record.id().substr(0, 4), "TXN-");
  EXPECT_NE(record.id(), record.source_id());
  EXPECT_EQ(record.source_id(), "TXN-20260116-001");
  EXPECT_EQ(record.stream(), "entry-papafly");
  EXPECT_EQ(record.producer(), "ledger");
  EXPECT_EQ(record.actor(), "ann");
  EXPECT_EQ(record.role(), "hq_admin");
  EXPECT_EQ(record.tokens(), 1450);
  EXPECT_EQ(record.claimed_cost(), "0.031");
}

TEST_F(EntryImportTest, ASecondImportAppendsNothingWhoeverDoesIt) {
  std::mt19937_64 random(1);
  const std::string document = testing::GeneratedDocument(300, random);
  const auto first = Import(document);
  ASSERT_TRUE(first.status.ok()) << first.status;
  const auto second = Import(document, "bob");
  ASSERT_TRUE(second.status.ok()) << second.status;
  EXPECT_EQ(second.summary.appended(), 0U);
  EXPECT_EQ(second.summary.already_there(), 300U);
  EXPECT_EQ(second.summary.first_position(), first.summary.first_position());
  EXPECT_EQ(second.summary.last_position(), first.summary.last_position());
  EXPECT_EQ(Exported(), document);
  // A byte more is another document.
  EXPECT_EQ(Import(document + "\n").summary.appended(), 300U);
}

TEST_F(EntryImportTest, BlankLinesAreSkippedAndCounted) {
  const auto outcome = Import("\n" + std::string(testing::kSectionNine) + " \t\r\n\nnonsense");
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(outcome.summary.lines(), 5U);
  EXPECT_EQ(outcome.summary.entries(), 1U);
  ASSERT_EQ(outcome.summary.bad_lines(), 1U);
  EXPECT_EQ(outcome.summary.first_bad_lines(0).line(), 5U);
}

TEST_F(EntryImportTest, OneBadLineAndNothingIsAppended) {
  std::mt19937_64 random(2);
  std::string document = testing::GeneratedDocument(2'000, random);
  document +=
      R"({"id":"a","branch":"koosy","event":"deploy","cost":-1,"timestamp":"2026-01-18T01:02:03Z"})";
  const auto outcome = Import(document);
  EXPECT_EQ(AdviceOf(outcome.status).reason, "BAD_LINES") << outcome.status;
  EXPECT_THAT(std::string(outcome.status.message()),
              ::testing::HasSubstr("1 of 2001 lines are no entries, the first at line 2001: "
                                   "$.cost: negative"));
  ASSERT_EQ(outcome.summary.first_bad_lines_size(), 1);
  EXPECT_EQ(outcome.summary.first_bad_lines(0).line(), 2001U);
  EXPECT_EQ(outcome.summary.first_bad_lines(0).path(), "$.cost");
  EXPECT_EQ(outcome.summary.first_bad_lines(0).reason(), "negative");
  EXPECT_TRUE(ledger_.records.empty());
  EXPECT_EQ(refusing_.appends, 0);
}

TEST_F(EntryImportTest, ShowsTheFirstHundredBadLinesAndCountsAll) {
  std::string document = std::string(testing::kSectionSevenComment) + testing::kSectionSeven;
  for (int i = 0; i < 150; ++i) document += "{}\n";
  document += std::string(kSourceLineBytesMax + 1, ' ') + "{}\n";  // Not blank, but too long.
  const auto outcome = Import(document);
  EXPECT_EQ(outcome.summary.bad_lines(), 152U);
  ASSERT_EQ(outcome.summary.first_bad_lines_size(), kBadLinesShownMax);
  EXPECT_EQ(outcome.summary.first_bad_lines(0).line(), 1U);
  EXPECT_THAT(outcome.summary.first_bad_lines(0).reason(), ::testing::HasSubstr("comment"));
  EXPECT_TRUE(ledger_.records.empty());
}

TEST_F(EntryImportTest, AFutureTimestampIsABadLine) {
  const auto outcome =
      Import(R"({"id":"a","branch":"b","event":"c","timestamp":"2999-01-18T01:02:03Z"})");
  ASSERT_EQ(outcome.summary.bad_lines(), 1U);
  EXPECT_EQ(outcome.summary.first_bad_lines(0).path(), "$.timestamp");
}

TEST_F(EntryImportTest, CutOffAnywhereItIsCompletedByRepeatingIt) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string document = testing::GeneratedDocument(400, random);
  std::size_t there = 0;
  for (int cut = 1; there < 400; cut += 1 + static_cast<int>(random() % 20)) {
    refusing_.appends = 0;
    refusing_.refuses = [cut](int append) {
      return append < cut ? absl::OkStatus() : absl::UnavailableError("cut off");
    };
    const auto outcome = Import(document, random() % 2 == 0 ? "ann" : "bob");
    ASSERT_TRUE(outcome.status.ok() || absl::IsUnavailable(outcome.status)) << outcome.status;
    EXPECT_EQ(outcome.summary.already_there(), there) << "seed " << seed;
    there += outcome.summary.appended();
    EXPECT_EQ(ledger_.records.size(), there) << "seed " << seed;
    EXPECT_EQ(Exported(), document.substr(0, Exported().size())) << "seed " << seed;
  }
  EXPECT_EQ(Exported(), document) << "seed " << seed;
}

TEST_F(EntryImportTest, AFullQueueChangesNothingButTime) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::string document = testing::GeneratedDocument(200, random);
  refusing_.refuses = [&random](int) {
    return random() % 30 == 0 ? absl::ResourceExhaustedError("the queue is full")
                              : absl::OkStatus();
  };
  const auto outcome = Import(document);
  ASSERT_TRUE(outcome.status.ok()) << outcome.status << " seed " << seed;
  EXPECT_EQ(outcome.summary.appended(), 200U) << "seed " << seed;
  EXPECT_EQ(Exported(), document) << "seed " << seed;
}

TEST_F(EntryImportTest, GivesUpWithItsCaller) {
  std::mt19937_64 random(3);
  const std::string document = testing::GeneratedDocument(2'000, random);
  const auto outcome = Import(document, "ann", [](const auto&) { return false; });
  EXPECT_EQ(outcome.status.code(), absl::StatusCode::kCancelled);
  EXPECT_TRUE(ledger_.records.empty());
}

// Documents with bytes changed: all of one is taken, or nothing.
TEST_F(EntryImportTest, NeverHalfApplies) {
  const auto seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int i = 0; i < 60; ++i) {
    std::string document = testing::GeneratedDocument(1 + random() % 20, random);
    for (auto changes = random() % 3; changes > 0; --changes)
      document[random() % document.size()] = static_cast<char>(random());
    if (random() % 4 == 0) document.resize(random() % document.size());
    const std::size_t before = ledger_.records.size();
    const auto outcome = Import(document);
    const std::size_t entries = outcome.status.ok() ? outcome.summary.entries() : 0;
    EXPECT_EQ(ledger_.records.size() - before, entries) << "seed " << seed;
    EXPECT_EQ(outcome.status.ok(), outcome.summary.bad_lines() == 0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace hq::ledger
