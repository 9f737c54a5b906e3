// What sync's views make of its own events and decision's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"
#include "services/sync/views/all.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class SyncViews : public ::testing::Test {
 protected:
  template <class Event>
  void Feed(const std::string& stream, const std::string& branch, const std::string& text) {
    const auto event = testing::Text<Event>(text);
    ledger::v1::Record record;
    record.set_stream(stream);
    record.set_version(++versions_[stream]);
    record.set_branch(branch);
    record.set_event(EventNameOf(event));
    record.mutable_data()->PackFrom(event);
    feeder_.Feed(std::move(record));
    ++position_;
  }
  void Of(const std::string& rollout, const std::string& text) {
    Feed<v1::RolloutEvent>("rollout-" + rollout, "hq", text);
  }
  void OfCell(const std::string& rollout, const std::string& cell, const std::string& text) {
    Feed<v1::CellRolloutEvent>("cell_rollout-" + rollout + "." + cell, cell, text);
  }
  void Plan(const std::string& rollout, const std::string& release) {
    Of(rollout, R"(rollout_planned { release_id: ")" + release +
                    R"(" waves { name: "canary" cells: "papafly" }
                         waves { name: "standard" cells: "koosy" }
                         skipped { branch: "gohsy" reason: "locked" } })");
  }

  testing::ScratchDatabase database_;
  Views views_{*database_};
  testing::ViewFeeder feeder_{*database_, views_.List()};
  std::map<std::string, Version> versions_;
  Position position_ = 0;  // Of the record that was fed last.
};

TEST_F(SyncViews, TheFleetAsItStands) {
  using decision::v1::CellEvent;
  using decision::v1::CellLockEvent;
  using decision::v1::KillSwitchEvent;
  Feed<CellEvent>("cell-koosy", "koosy", R"(cell_registered { cell { id: "koosy" tier: "x" } })");
  Feed<CellEvent>("cell-koosy", "koosy",
                  R"(cell_changed { cell { id: "koosy" tier: "standard" } })");
  Feed<CellEvent>("cell-koosy", "koosy", R"(maintenance_entered { reason: "x" })");
  Feed<CellLockEvent>("cell_lock-koosy", "koosy", R"(cell_locked { reason: "failed" })");
  Feed<KillSwitchEvent>("kill_switch-koosy", "koosy",
                        R"(kill_switch_activated { scope: "koosy" })");
  EXPECT_FALSE(views_.cells.IsStopped()) << "one cell's switch is not the fleet's";
  ASSERT_EQ(views_.cells.All().size(), 1u);
  auto cell = views_.cells.All()[0];
  EXPECT_EQ(cell.entry().tier(), "standard");
  EXPECT_TRUE(cell.locked() && cell.maintenance() && cell.stopped());

  Feed<CellEvent>("cell-koosy", "koosy", R"(maintenance_left { reason: "x" })");
  Feed<CellLockEvent>("cell_lock-koosy", "koosy", R"(cell_unlocked { reason: "mended" })");
  Feed<KillSwitchEvent>("kill_switch-koosy", "koosy", R"(kill_switch_released { scope: "koosy" })");
  cell = views_.cells.All()[0];
  EXPECT_FALSE(cell.locked() || cell.maintenance() || cell.stopped());

  Feed<CellEvent>("cell-koosy", "koosy", "cell_retired {}");
  EXPECT_THAT(views_.cells.All(), IsEmpty());
  Feed<CellEvent>("cell-koosy", "koosy",
                  R"(cell_registered { cell { id: "koosy" tier: "canary" } })");
  EXPECT_EQ(views_.cells.All().size(), 1u);
}

TEST_F(SyncViews, TheFleetsOwnSwitchAndCellsThatAreOnlyLocked) {
  using decision::v1::KillSwitchEvent;
  Feed<KillSwitchEvent>("kill_switch-global", "hq", R"(kill_switch_activated { scope: "global" })");
  Feed<decision::v1::CellLockEvent>("cell_lock-ghost", "ghost", R"(cell_locked { reason: "x" })");
  EXPECT_TRUE(views_.cells.IsStopped());
  EXPECT_THAT(views_.cells.All(), IsEmpty()) << "neither is a registered cell";
  Feed<KillSwitchEvent>("kill_switch-global", "hq", R"(kill_switch_released { scope: "global" })");
  EXPECT_FALSE(views_.cells.IsStopped());
}

TEST_F(SyncViews, ARestoredLedgerStopsTheFleetUntilTheSwitchIsReleased) {
  using decision::v1::KillSwitchEvent;
  const std::string released = R"(kill_switch_released { scope: "global" })";
  Feed<ledger::v1::LedgerEvent>("ledger", "hq", "backup_completed { position: 1 }");
  Feed<KillSwitchEvent>("kill_switch-global", "hq", released);
  EXPECT_FALSE(views_.cells.IsStopped());
  Feed<ledger::v1::LedgerEvent>("ledger", "hq", "epoch_started { from_epoch: 1 restored_to: 2 }");
  EXPECT_TRUE(views_.cells.IsStopped());
  Feed<KillSwitchEvent>("kill_switch-koosy", "koosy", R"(kill_switch_released { scope: "koosy" })");
  EXPECT_TRUE(views_.cells.IsStopped());
  Feed<KillSwitchEvent>("kill_switch-global", "hq", released);
  EXPECT_FALSE(views_.cells.IsStopped());
}

TEST_F(SyncViews, ThePlanInForceIsTheLastOne) {
  EXPECT_FALSE(views_.plans.Plan().has_value());
  EXPECT_FALSE(views_.plans.Conflicts().has_value());
  Feed<v1::SyncPlanEvent>("sync_plan", "hq", "sync_plan_applied { max_retries: 1 }");
  Feed<v1::SyncPlanEvent>("sync_plan", "hq", R"(conflict_policy_applied { label: "clash" })");
  Feed<v1::SyncPlanEvent>("sync_plan", "hq", "sync_plan_applied { max_retries: 2 }");
  EXPECT_EQ(views_.plans.Plan()->max_retries(), 2u);
  EXPECT_EQ(views_.plans.Conflicts()->label(), "clash");
}

TEST_F(SyncViews, ReleasesByIdAndByTheNameAskedFor) {
  const auto create = [&](const std::string& id, const std::string& source) {
    Feed<v1::ReleaseEvent>("release-" + id, "hq",
                           R"(release_created { release_id: ")" + id + R"(" tree: "t-)" + id +
                               R"(" source_ref: ")" + source + R"(" })");
  };
  create("r-1", "stable");
  create("r-2", "");
  EXPECT_EQ(views_.releases.Find("r-1")->created.tree(), "t-r-1");
  EXPECT_EQ(views_.releases.FindBySource("stable")->created.release_id(), "r-1");
  for (const std::string unknown : {"", "r-3", "stable"})
    EXPECT_FALSE(views_.releases.Find(unknown).has_value()) << unknown;
  EXPECT_FALSE(views_.releases.FindBySource("").has_value());
  create("r-3", "stable");
  EXPECT_EQ(views_.releases.FindBySource("stable")->created.release_id(), "r-3");
  Feed<v1::ReleaseEvent>("release-r-3", "hq", R"(release_quarantined { reason: "bad" })");
  EXPECT_TRUE(views_.releases.Find("r-3")->is_quarantined);
  EXPECT_FALSE(views_.releases.Find("r-1")->is_quarantined);
}

TEST_F(SyncViews, ARolloutFromItsPlanToItsEnd) {
  EXPECT_FALSE(views_.rollouts.Find("ro-1").has_value());
  Plan("ro-1", "r-1");
  auto rollout = *views_.rollouts.Find("ro-1");
  EXPECT_EQ(rollout.phase(), v1::ROLLOUT_PHASE_PLANNED);
  EXPECT_EQ(rollout.release_id(), "r-1");
  EXPECT_EQ(rollout.skipped(0).branch(), "gohsy");
  ASSERT_EQ(rollout.cells_size(), 2);
  EXPECT_EQ(rollout.cells(1).ShortDebugString(),
            R"(branch: "koosy" wave: 1 phase: CELL_PHASE_PENDING)");

  Of("ro-1", "rollout_started {}");
  Of("ro-1", "wave_opened {}");
  OfCell("ro-1", "papafly", R"(cell_prepared { head_commit: "c" cell_head: "h" })");
  OfCell("ro-1", "papafly", "branch_pushed {}");
  OfCell("ro-1", "papafly", "pull_request_opened { number: 7 }");
  rollout = *views_.rollouts.Find("ro-1");
  EXPECT_EQ(rollout.phase(), v1::ROLLOUT_PHASE_RUNNING);
  EXPECT_EQ(rollout.cells(0).phase(), v1::CELL_PHASE_PR_OPEN);
  EXPECT_EQ(rollout.cells(0).pull_request(), 7u);

  OfCell("ro-1", "papafly", "pull_request_merged { number: 7 merge_order: 1 }");
  OfCell("ro-1", "papafly", "deploy_observed {}");
  OfCell("ro-1", "papafly", "health_verified {}");
  Of("ro-1", "wave_passed {}");
  Of("ro-1", "wave_opened { wave: 1 }");
  OfCell("ro-1", "koosy", R"(conflict_detected { paths: "index.html" })");
  OfCell("ro-1", "koosy", "conflict_reported { issue: 9 }");
  Of("ro-1", R"(wave_passed { wave: 1 exceptions: "koosy" })");
  Of("ro-1", R"(rollout_completed { exceptions: "koosy" })");
  rollout = *views_.rollouts.Find("ro-1");
  EXPECT_EQ(rollout.phase(), v1::ROLLOUT_PHASE_COMPLETED);
  EXPECT_EQ(rollout.cells(0).phase(), v1::CELL_PHASE_HEALTHY);
  EXPECT_EQ(rollout.cells(1).phase(), v1::CELL_PHASE_CONFLICT);
  EXPECT_EQ(rollout.cells(1).issue(), 9u);
  EXPECT_NE(rollout.cells(1).why(), "") << "people see why";
}

TEST_F(SyncViews, WhichRolloutsAreUnderWay) {
  Plan("ro-1", "r-1");
  EXPECT_THAT(views_.rollouts.Unfinished(), IsEmpty()) << "planned only";
  Of("ro-1", "rollout_started {}");
  EXPECT_THAT(views_.rollouts.Active(), ElementsAre("ro-1"));
  Of("ro-1", R"(rollout_paused { reason: "kill switch" })");
  EXPECT_THAT(views_.rollouts.Active(), IsEmpty());
  EXPECT_THAT(views_.rollouts.Unfinished(), ElementsAre("ro-1"));
  EXPECT_EQ(views_.rollouts.Find("ro-1")->why(), "kill switch");
  Of("ro-1", R"(rollout_resumed { reason: "go on" })");
  Plan("ro-2", "r-2");
  Of("ro-2", "rollout_started {}");
  Of("ro-1", R"(rollback_started { reason: "bad" cells: "papafly" })");
  EXPECT_THAT(views_.rollouts.Active(), ElementsAre("ro-2", "ro-1")) << "newest first";
  Of("ro-1", "rollout_rolled_back {}");
  Of("ro-2", R"(rollout_blocked { reason: "no_canary" })");
  EXPECT_THAT(views_.rollouts.Unfinished(), IsEmpty());
}

TEST_F(SyncViews, WhichRolloutsCarriedAReleaseAndSinceWhen) {
  Plan("ro-1", "r-1");
  Of("ro-1", "rollout_started {}");
  const Position first = position_;
  Plan("ro-2", "r-2");
  Plan("ro-3", "r-1");
  EXPECT_THAT(views_.rollouts.OfRelease("r-1"), ElementsAre("ro-1")) << "only what was started";
  Of("ro-3", "rollout_started {}");
  Of("ro-2", "rollout_started {}");
  EXPECT_THAT(views_.rollouts.OfRelease("r-1"), ElementsAre("ro-3", "ro-1"));
  EXPECT_THAT(views_.rollouts.OfRelease("r-9"), IsEmpty());
  EXPECT_THAT(views_.rollouts.StartedSince(first), ElementsAre("ro-3", "ro-2", "ro-1"));
  EXPECT_THAT(views_.rollouts.StartedSince(first + 1), ElementsAre("ro-3", "ro-2"));
  EXPECT_THAT(views_.rollouts.StartedSince(position_ + 1), IsEmpty());
  const auto newest = views_.rollouts.Newest(2);
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].rollout_id(), "ro-3") << "newest by plan";
}

}  // namespace
}  // namespace hq::sync
