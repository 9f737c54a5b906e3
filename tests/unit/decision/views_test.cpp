// What decision's views make of its own events and sync's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/events/session.hpp"
#include "common/projection/runner.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/sync/v1/events.pb.h"
#include "services/decision/core/cell.hpp"
#include "services/decision/views/all.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/view_feeder.hpp"

namespace hq::decision {
namespace {

class DecisionViews : public ::testing::Test {
 protected:
  template <class Event>
  void Feed(const std::string& stream, const std::string& branch, const std::string& text) {
    feeder_.Feed(stream, branch, testing::Text<Event>(text), 1'000);
  }

  testing::ScratchDatabase database_;
  AllViews views_{*database_};
  testing::ViewFeeder feeder_{*database_, views_.List()};
};

TEST_F(DecisionViews, ACellAsItStands) {
  Feed<v1::CellEvent>("cell-koosy", "koosy",
                      R"(cell_registered { cell { id: "koosy" tier: "standard" } })");
  Feed<v1::CellEvent>("cell-koosy", "koosy", R"(maintenance_entered { reason: "x" })");
  Feed<v1::CellLockEvent>("cell_lock-koosy", "koosy", R"(cell_locked { reason: "failed" })");
  Feed<v1::KillSwitchEvent>("kill_switch-koosy", "koosy",
                            R"(kill_switch_activated { scope: "koosy" reason: "r" actor: "ann" })");
  Feed<v1::KillSwitchEvent>(
      "kill_switch-global", "hq",
      R"(kill_switch_activated { scope: "global" reason: "g" actor: "bob" })");
  ASSERT_EQ(views_.cells.All().size(), 1u) << "the global switch is no cell";
  auto cell = *views_.cells.Find("koosy");
  EXPECT_TRUE(cell.locked() && cell.maintenance() && cell.stopped());
  EXPECT_EQ(cell.locked_reason(), "failed");

  Feed<v1::CellEvent>("cell-koosy", "koosy", R"(maintenance_left { reason: "x" })");
  Feed<v1::CellLockEvent>("cell_lock-koosy", "koosy", R"(cell_unlocked { reason: "mended" })");
  Feed<v1::KillSwitchEvent>("kill_switch-koosy", "koosy",
                            R"(kill_switch_released { scope: "koosy" reason: "r" })");
  Feed<v1::CellEvent>("cell-koosy", "koosy", "cell_retired {}");
  cell = *views_.cells.Find("koosy");
  EXPECT_FALSE(cell.locked() || cell.maintenance() || cell.stopped());
  EXPECT_EQ(cell.locked_reason(), "");
  EXPECT_TRUE(cell.retired());
}

// A newer decision wrote what this one cannot read: its views stop, and say so from then on.
TEST_F(DecisionViews, StopAtAnEventThatThisBuildDoesNotKnow) {
  testing::FakeClock clock;
  testing::MemoryLedger ledger(clock);
  testing::MemoryEventLog log(ledger, {"decision", "service", {}});
  const CommandMeta meta;
  Session session(log, meta);
  session.Stage<Cell>("koosy", {testing::Text<v1::CellEvent>("cell_retired {}")});
  ASSERT_TRUE(session.Commit().ok());
  Recorded& newest = ledger.records.back();
  const std::string of_later = {'\xfa', '\x3f', '\x00'};  // Field 1023, an empty message.
  newest.record.mutable_data()->set_value(of_later);
  newest.bytes = newest.record.SerializeAsString();
  runtime::Metrics metrics;
  projection::Runner runner(log, *database_, views_.List(), metrics);
  EXPECT_EQ(AdviceOf(runner.CatchUp()).reason, "WRITTEN_BY_A_NEWER_VERSION");
  const Status stopped = runner.CatchUp();
  EXPECT_EQ(stopped.code(), absl::StatusCode::kFailedPrecondition) << stopped;
  EXPECT_EQ(AdviceOf(stopped).reason, "VIEW_STOPPED");
  EXPECT_FALSE(runner.has_caught_up());
}

TEST_F(DecisionViews, PolicyAndSwitchesInForce) {
  EXPECT_EQ(views_.policies.InForce().rules_size(), 3);
  Feed<v1::PolicyEvent>("policy", "hq", R"(policy_applied { rules { id: "canary-first" } })");
  Feed<v1::KillSwitchEvent>(
      "kill_switch-global", "hq",
      R"(kill_switch_activated { scope: "global" reason: "g" actor: "bob" })");
  const auto in_force = views_.policies.InForce();
  EXPECT_EQ(in_force.rules_size(), 1);
  ASSERT_EQ(in_force.engaged_size(), 1);
  EXPECT_EQ(in_force.engaged(0).ShortDebugString(),
            R"(scope: "global" reason: "g" actor: "bob" since_us: 1000)");
  Feed<v1::KillSwitchEvent>("kill_switch-global", "hq",
                            R"(kill_switch_released { scope: "global" reason: "g" })");
  EXPECT_EQ(views_.policies.InForce().engaged_size(), 0);
}

TEST_F(DecisionViews, ARestoreIsInForceAsAnEngagedGlobalSwitch) {
  const std::string asked =
      "the ledger was restored to position 20: reconcile with the outside, then release";
  const auto restore = [&] {
    ledger::v1::Record record;
    record.set_stream("ledger");
    record.set_branch("hq");
    record.set_event("epoch_started");
    record.set_actor("ledger");
    record.set_recorded_at_us(2'000);
    record.mutable_data()->PackFrom(
        testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 restored_to: 20 }"));
    feeder_.Feed(std::move(record));
  };
  const auto engaged = [&] {
    std::vector<std::string> texts;
    const v1::GetPolicyResponse in_force = views_.policies.InForce();
    for (const auto& one : in_force.engaged()) texts.push_back(one.ShortDebugString());
    return texts;
  };
  const std::string by_ledger =
      R"(scope: "global" reason: ")" + asked + R"(" actor: "ledger" since_us: 2000)";
  const std::string by_bob =
      R"(scope: "global" reason: "g; )" + asked + R"(" actor: "bob" since_us: 1000)";
  const std::string activated =
      R"(kill_switch_activated { scope: "global" reason: "g" actor: "bob" })";
  const std::string released = R"(kill_switch_released { scope: "global" reason: "g" })";
  // An imported entry may have any name, and is history.
  ledger::v1::Record entry;
  entry.set_stream("entry-koosy");
  entry.set_event("epoch_started");
  feeder_.Feed(entry);
  Feed<v1::KillSwitchEvent>("kill_switch-global", "hq", released);
  EXPECT_THAT(engaged(), ::testing::IsEmpty());
  restore();
  EXPECT_THAT(engaged(), ::testing::ElementsAre(by_ledger));
  Feed<v1::KillSwitchEvent>("kill_switch-koosy", "koosy",
                            R"(kill_switch_released { scope: "koosy" reason: "r" })");
  EXPECT_THAT(engaged(), ::testing::ElementsAre(by_ledger));
  Feed<v1::KillSwitchEvent>("kill_switch-global", "hq", activated);
  EXPECT_THAT(engaged(), ::testing::ElementsAre(by_bob));
  Feed<v1::KillSwitchEvent>("kill_switch-global", "hq", released);
  EXPECT_THAT(engaged(), ::testing::IsEmpty());
  Feed<v1::KillSwitchEvent>("kill_switch-global", "hq", activated);
  restore();
  EXPECT_THAT(engaged(), ::testing::ElementsAre(by_bob));
}

TEST_F(DecisionViews, ReleasesAreVerifiedOnCanariesOnly) {
  Feed<sync::v1::ReleaseEvent>("release-r-1", "hq", R"(release_created { release_id: "r-1" })");
  EXPECT_TRUE(views_.releases.IsKnown("r-1"));
  EXPECT_FALSE(views_.releases.IsKnown("r-2"));
  Feed<sync::v1::CellRolloutEvent>(
      "cell_rollout-7f.koosy", "koosy",
      R"(health_verified { good: 5 release_id: "r-1" tier: "standard" })");
  EXPECT_FALSE(views_.releases.IsVerifiedOnCanary("r-1"));
  Feed<sync::v1::CellRolloutEvent>(
      "cell_rollout-7f.papafly", "papafly",
      R"(health_verified { good: 5 release_id: "r-1" tier: "canary" })");
  EXPECT_TRUE(views_.releases.IsVerifiedOnCanary("r-1"));
  Feed<sync::v1::ReleaseEvent>("release-r-1", "hq", R"(release_quarantined { reason: "bad" })");
  EXPECT_FALSE(views_.releases.IsVerifiedOnCanary("r-1"));
}

TEST_F(DecisionViews, RolloutsPlannedAndStarted) {
  EXPECT_FALSE(views_.rollouts.ReleaseOf("7f").has_value());
  Feed<sync::v1::RolloutEvent>("rollout-7f", "hq", R"(rollout_planned { release_id: "r-1" })");
  EXPECT_EQ(views_.rollouts.ReleaseOf("7f"), "r-1");
  EXPECT_FALSE(views_.rollouts.IsStarted("7f"));
  Feed<sync::v1::RolloutEvent>("rollout-7f", "hq", "rollout_started {}");
  EXPECT_TRUE(views_.rollouts.IsStarted("7f"));
}

TEST_F(DecisionViews, AttemptsUnderAKillSwitch) {
  using ledger::v1::EffectEvent;
  const auto intend = [&](const std::string& key, const std::string& branch) {
    Feed<EffectEvent>("sync_effect-" + key, branch, R"(effect_intended { kind: "merge" })");
  };
  const auto attempt = [&](const std::string& key, const std::string& branch, bool is_fenced) {
    const std::string fence = is_fenced ? R"( fences { stream: "kill_switch-global" })" : "";
    Feed<EffectEvent>("sync_effect-" + key, branch,
                      "effect_attempted { attempt: 1 not_after_us: 5000" + fence + " }");
  };
  for (const char* key : {"a", "b", "c", "d"}) intend(key, key == std::string("b") ? "koosy" : "x");
  attempt("a", "x", true);
  attempt("b", "koosy", true);
  attempt("c", "x", false);  // A notification, which passes kill switches.

  const auto streams = [&](const std::string& scope, std::int64_t now_us) {
    std::vector<std::string> found;
    for (const auto& in_flight : views_.attempts.Under(scope, FromMicros(now_us)))
      found.push_back(in_flight.stream());
    return found;
  };
  EXPECT_THAT(streams("global", 1000), ::testing::ElementsAre("sync_effect-a", "sync_effect-b"));
  EXPECT_THAT(streams("koosy", 1000), ::testing::ElementsAre("sync_effect-b"));
  EXPECT_THAT(streams("global", 5000), ::testing::IsEmpty()) << "ended by their not_after";
  Feed<EffectEvent>("sync_effect-a", "x", "effect_settled { succeeded: true }");
  Feed<EffectEvent>("sync_effect-b", "koosy", R"(effect_abandoned { reason: "fence" })");
  EXPECT_THAT(streams("global", 1000), ::testing::IsEmpty());
}

}  // namespace
}  // namespace hq::decision
