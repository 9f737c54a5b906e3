// A service whose views were damaged: its next life folds the ledger again from the first record,
// and then has what it had before.
#include <gtest/gtest.h>

#include <filesystem>

#include "common/base/check.hpp"
#include "common/projection/runner.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::projection {
namespace {

// Thrown where the process would end.
struct LifeEnded {
  std::string why;
};

// Keeps the bytes of every record.
class Copies final : public View {
 public:
  explicit Copies(rocks::Database& database) : View(database, "copies", 1) {}

  Status Apply(const Recorded& recorded, rocks::Rows& rows) override {
    rows.Put(std::to_string(recorded.record.position()), recorded.bytes);
    return absl::OkStatus();
  }
};

class DamagedProjection : public ::testing::Test {
 protected:
  // One life of a service.
  struct Life {
    Life(const std::string& directory, EventLog& log)
        : database(Opened(directory)),
          copies(*database),
          runner(log, *database, {&copies}, metrics) {}

    static std::unique_ptr<rocks::Database> Opened(const std::string& directory) {
      auto database = rocks::Database::Open(directory, nullptr,
                                            [](const std::string& why) { throw LifeEnded{why}; });
      HQ_CHECK(database.ok(), "views can be opened");
      return *std::move(database);
    }

    runtime::Metrics metrics;
    std::unique_ptr<rocks::Database> database;
    Copies copies;
    Runner runner;
  };

  DamagedProjection() {
    testing::MemoryEventLog writer(ledger_, {"llm-koosy", "llm", {"koosy"}});
    for (int i = 0; i < 20; ++i) {
      ledger::v1::AppendRequest request;
      auto* append = request.add_appends();
      append->set_stream("entry-koosy");
      append->add_events()->set_branch("koosy");
      append->mutable_events(0)->set_event("llm_generate");
      HQ_CHECK(writer.Append(request).ok(), "an entry can be appended");
    }
    Life life(directory(), log_);
    HQ_CHECK(life.runner.CatchUp().ok(), "the views catch up");
    rows_ = life.database->Everything();
  }

  std::string directory() const { return scratch_ / "views"; }

  void ExpectRebuilt() {
    Life life(directory(), log_);
    EXPECT_EQ(life.runner.position(), 0U);
    EXPECT_FALSE(life.runner.has_caught_up());
    const Status status = life.runner.CatchUp();
    EXPECT_TRUE(status.ok()) << status;
    EXPECT_EQ(life.runner.position(), 20U);
    EXPECT_EQ(life.database->Everything(), rows_);
  }

  testing::TempDir scratch_;
  testing::FakeClock clock_{1'768'557'600'000'000};
  testing::MemoryLedger ledger_{clock_};
  testing::MemoryEventLog log_{ledger_, {"sync", "service", {}}};
  std::vector<rocks::Row> rows_;
};

TEST_F(DamagedProjection, IsRebuiltWhenItsFilesAreDamaged) {
  std::filesystem::resize_file(directory() + "/CURRENT", 3);
  ExpectRebuilt();
}

TEST_F(DamagedProjection, IsRebuiltWhenItsCheckpointDoesNotParse) {
  {
    Life life(directory(), log_);
    rocks::Batch batch(*life.database);
    for (const auto& [key, value] : life.database->Everything())
      if (key.starts_with("checkpoint/")) batch.Under("")->Put(key, "\xff\xff\xff");
    ASSERT_TRUE(batch.Commit().ok());
  }
  EXPECT_THROW(Life(directory(), log_), LifeEnded);
  ExpectRebuilt();
}

}  // namespace
}  // namespace hq::projection
