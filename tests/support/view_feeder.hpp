// Feeds records straight into views, as the runner would, but without a ledger: for tests of what a
// view makes of events.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/check.hpp"
#include "common/events/event_name.hpp"
#include "common/projection/view.hpp"
#include "common/rocks/database.hpp"
#include "tests/support/temp_dir.hpp"

namespace hq::testing {

// A database in a directory of its own.
class ScratchDatabase {
 public:
  ScratchDatabase() {
    auto opened = rocks::Database::Open(directory_ / "db");
    HQ_CHECK(opened.ok(), "a scratch database can be opened");
    database_ = *std::move(opened);
  }
  rocks::Database& operator*() { return *database_; }

 private:
  TempDir directory_;
  std::unique_ptr<rocks::Database> database_;
};

class ViewFeeder {
 public:
  // Both outlive the feeder.
  ViewFeeder(rocks::Database& database, std::vector<projection::View*> views)
      : database_(database), views_(std::move(views)) {}

  // Gives the record the next position and applies it everywhere.
  void Feed(ledger::v1::Record record) {
    record.set_position(++position_);
    Recorded recorded{record, record.SerializeAsString()};
    rocks::Batch batch(database_);
    for (projection::View* view : views_) {
      const auto rows = batch.Under(view->prefix());
      const Status applied = view->Apply(recorded, *rows);
      EXPECT_TRUE(applied.ok()) << view->name() << ": " << applied;
    }
    const Status committed = batch.Commit();
    EXPECT_TRUE(committed.ok()) << committed;
  }

  // An aggregate's event.
  void Feed(const std::string& stream, const std::string& branch,
            const google::protobuf::Message& event, std::int64_t occurred_at_us = 0) {
    ledger::v1::Record record;
    record.set_stream(stream);
    record.set_branch(branch);
    record.set_event(EventNameOf(event));
    record.set_occurred_at_us(occurred_at_us);
    record.set_recorded_at_us(occurred_at_us);
    record.mutable_data()->PackFrom(event);
    Feed(std::move(record));
  }

 private:
  rocks::Database& database_;
  std::vector<projection::View*> views_;
  Position position_ = 0;
};

}  // namespace hq::testing
