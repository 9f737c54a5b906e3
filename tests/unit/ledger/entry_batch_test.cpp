#include "services/ledger/core/entry_batch.hpp"

#include <gtest/gtest.h>

#include "common/base/ids.hpp"

namespace hq::ledger {
namespace {

v1::NewEvent Entry(const std::string& branch, std::size_t bytes = 10) {
  v1::NewEvent entry;
  entry.set_branch(branch);
  entry.set_event("deploy");
  entry.set_source_line(std::string(bytes, 'x'));
  return entry;
}

TEST(EntryBatchTest, NamesTheCommandByDocumentAndLineAlone) {
  EntryBatch batch(Sha256("document"), "ann");
  batch.Add(7, Entry("koosy"));
  batch.Add(9, Entry("koosy"));
  const auto request = batch.Take();
  EXPECT_TRUE(batch.is_empty());
  EXPECT_EQ(request.command_id(), "import-" + Hex(Sha256("document")) + "-7");
  EXPECT_EQ(request.correlation_id(), "import-" + Hex(Sha256("document")));
  EXPECT_EQ(request.actor(), "ann");
  EXPECT_EQ(request.role(), "hq_admin");
  EntryBatch other(Sha256("document"), "bob");
  other.Add(7, Entry("papafly", 500));
  other.Add(9, Entry("papafly"));
  EXPECT_EQ(other.Take().command_digest(), request.command_digest());
  other.Add(7, Entry("koosy"));
  EXPECT_NE(other.Take().command_digest(), request.command_digest());
}

// In one append the records stand stream by stream, so a cell may not come back in it.
TEST(EntryBatchTest, EndsWhereACellComesBack) {
  EntryBatch batch(Sha256("document"), "ann");
  batch.Add(1, Entry("koosy"));
  batch.Add(2, Entry("koosy"));
  batch.Add(3, Entry("papafly"));
  EXPECT_TRUE(batch.Takes(Entry("papafly")));
  EXPECT_TRUE(batch.Takes(Entry("bari")));
  EXPECT_FALSE(batch.Takes(Entry("koosy")));
  const auto request = batch.Take();
  ASSERT_EQ(request.appends_size(), 2);
  EXPECT_EQ(request.appends(0).stream(), "entry-koosy");
  EXPECT_EQ(request.appends(0).events_size(), 2);
  EXPECT_EQ(request.appends(1).stream(), "entry-papafly");
  EXPECT_TRUE(batch.Takes(Entry("koosy")));
}

// In numbers, not by the constants: an import that was cut off before they changed could not be
// completed any more.
TEST(EntryBatchTest, EndsAfter500Entries) {
  EntryBatch batch(Sha256("document"), "ann");
  for (std::uint64_t line = 1; line <= 500; ++line) {
    ASSERT_TRUE(batch.Takes(Entry("koosy"))) << line;
    batch.Add(line, Entry("koosy"));
  }
  EXPECT_FALSE(batch.Takes(Entry("koosy")));
  batch.Take();
  EXPECT_TRUE(batch.Takes(Entry("koosy")));
}

TEST(EntryBatchTest, EndsAfterOneMiB) {
  constexpr std::size_t kSixteenth = 65'536;
  EntryBatch batch(Sha256("document"), "ann");
  for (std::uint64_t line = 1; line <= 15; ++line) batch.Add(line, Entry("koosy", kSixteenth));
  EXPECT_FALSE(batch.Takes(Entry("koosy", kSixteenth + 1)));
  ASSERT_TRUE(batch.Takes(Entry("koosy", kSixteenth)));
  batch.Add(16, Entry("koosy", kSixteenth));
  EXPECT_EQ(batch.bytes(), 1'048'576U);
  EXPECT_FALSE(batch.Takes(Entry("koosy", 1)));
  batch.Take();
  EXPECT_TRUE(batch.Takes(Entry("koosy", kSixteenth)));
}

}  // namespace
}  // namespace hq::ledger
