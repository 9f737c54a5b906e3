// After a day at headquarters, every service's views are folded again from the ledger's first
// record: what comes out is, row by row, what the service had while it lived.
#include <gtest/gtest.h>

#include "common/projection/runner.hpp"
#include "services/billing/views/all.hpp"
#include "services/decision/views/all.hpp"
#include "services/notify/views/all.hpp"
#include "services/sync/views/all.hpp"
#include "tests/demo/stage.hpp"
#include "tests/demo/steps.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::demo {
namespace {

// A database and the views that a service's main() keeps in it.
template <class AllViews>
struct Folded {
  Folded(const std::string& directory, EventLog& log) {
    auto opened = rocks::Database::Open(directory);
    HQ_CHECK(opened.ok(), opened.status().ToString().c_str());
    database = *std::move(opened);
    views = std::make_unique<AllViews>(*database);
    runner = std::make_unique<projection::Runner>(log, *database, views->List(), metrics);
  }

  runtime::Metrics metrics;
  std::unique_ptr<rocks::Database> database;
  std::unique_ptr<AllViews> views;
  std::unique_ptr<projection::Runner> runner;
};

class ViewsRebuild : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Stage::Open(directory_.path(), HQ_BIN_DIR);
    ASSERT_TRUE(opened.ok()) << opened.status();
    stage_ = *std::move(opened);
    for (const auto step : {Step1, Step2, Step3, Step4, Step5}) {
      const Status status = step(*stage_);
      ASSERT_TRUE(status.ok()) << status;
    }
    const auto head = stage_->LedgerHead();
    ASSERT_TRUE(head.ok()) << head.status();
    story_ends_at_ = *head;
    for (const char* service : {"notify", "billing", "sync", "decision"}) {
      const auto code = stage_->house->Stop(service);
      ASSERT_TRUE(code.ok()) << service << ": " << code.status();
      ASSERT_EQ(*code, 0) << service;
    }
  }

  void TearDown() override {
    const Status ended = stage_->house->StopAll();
    EXPECT_TRUE(ended.ok()) << ended;
  }

  // `folder` is the service's database in the house's data directory.
  template <class AllViews>
  void Compare(const std::string& folder, std::size_t rows_min) {
    Folded<AllViews> live(stage_->house->directory() / "data" / folder, *stage_->ledger);
    // Notify may have told of the last things after the story's end, and a service that was
    // stopped before it has not heard of that: the rest of the way is gone by the live views too.
    constexpr Position kAftermathMax = 100;
    EXPECT_GT(live.runner->position() + kAftermathMax, story_ends_at_);
    const Status went_on = live.runner->CatchUp();
    ASSERT_TRUE(went_on.ok()) << went_on;

    const testing::TempDir scratch;
    Folded<AllViews> rebuilt(scratch / "db", *stage_->ledger);
    ASSERT_EQ(rebuilt.runner->position(), 0U);
    const Status folded = rebuilt.runner->CatchUp();
    ASSERT_TRUE(folded.ok()) << folded;

    ASSERT_EQ(live.runner->position(), rebuilt.runner->position());
    const auto expected = live.database->Everything();
    const auto actual = rebuilt.database->Everything();
    for (std::size_t i = 0; i < std::min(expected.size(), actual.size()); ++i) {
      ASSERT_EQ(expected[i].first, actual[i].first) << "row " << i;
      ASSERT_EQ(expected[i].second, actual[i].second) << expected[i].first;
    }
    EXPECT_EQ(expected.size(), actual.size());
    EXPECT_GE(actual.size(), rows_min) << "too little to be a proof";
  }

  testing::TempDir directory_;
  std::unique_ptr<Stage> stage_;
  Position story_ends_at_ = 0;
};

TEST_F(ViewsRebuild, EveryServicesViewsEqualTheLiveOnes) {
  Compare<decision::AllViews>("decision", 15);
  Compare<sync::Views>("sync/views", 30);
  Compare<billing::AllViews>("billing", 5);
  Compare<notify::AllViews>("notify", 10);
}

}  // namespace
}  // namespace hq::demo
