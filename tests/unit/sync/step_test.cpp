// What a rollout does next, as tables: no clock, no world.
#include "services/sync/core/step.hpp"

#include "tests/support/scenario.hpp"

namespace hq::sync {
namespace {

using testing::Text;

Rollout::State Running(const std::vector<std::string>& more = {}) {
  Rollout::State state;
  const std::string planned =
      R"(rollout_planned { release_id: "r-1" waves { name: "canary" cells: "papafly" }
                           waves { name: "standard" cells: "koosy" } })";
  for (const auto& text : {planned, std::string("rollout_started {}")})
    state = Rollout::Fold(std::move(state), Text<v1::RolloutEvent>(text));
  for (const auto& text : more)
    state = Rollout::Fold(std::move(state), Text<v1::RolloutEvent>(text));
  return state;
}

CellRollout::State CellAfter(const std::vector<std::string>& events) {
  CellRollout::State state;
  for (const auto& text : events)
    state = CellRollout::Fold(std::move(state), Text<v1::CellRolloutEvent>(text));
  return state;
}

const std::vector<std::string> kMerged{
    R"(cell_prepared { head_commit: "c1" cell_head: "c0" })", R"(branch_pushed {})",
    R"(pull_request_opened { number: 1 head_commit: "c1" })", R"(checks_passed {})",
    R"(pull_request_merged { number: 1 merge_order: 1 })"};

std::vector<std::string> And(std::vector<std::string> events, const std::string& more) {
  events.push_back(more);
  return events;
}

TEST(Step, OpensTheCanaryWaveFirst) {
  const Step step = NextStep(Running(), {});
  EXPECT_EQ(step.kind, StepKind::kOpenWave);
}

TEST(Step, StartsNoCellOfALaterWave) {
  const auto state = Running({"wave_opened {}"});
  const Step step = NextStep(state, {{"papafly", CellAfter(kMerged)}, {"koosy", {}}});
  EXPECT_EQ(step.kind, StepKind::kAwaitDeploy);
  EXPECT_EQ(step.branch, "papafly");
}

TEST(Step, PassesAWaveOnlyWhenACanaryIsWell) {
  const auto state = Running({"wave_opened {}"});
  const auto well = And(And(kMerged, "deploy_observed {}"), "health_verified {}");
  EXPECT_EQ(NextStep(state, {{"papafly", CellAfter(well)}}).kind, StepKind::kPassWave);
}

TEST(Step, BlocksWhereEveryCanaryDeclinedConflictedOrWasPassedBy) {
  const auto state = Running({"wave_opened {}"});
  const auto declined = And({kMerged.begin(), kMerged.begin() + 3}, "pull_request_declined {}");
  EXPECT_EQ(NextStep(state, {{"papafly", CellAfter(declined)}}).kind, StepKind::kBlock);
  const auto skipped = CellAfter({"cell_skipped {}"});
  EXPECT_EQ(NextStep(state, {{"papafly", skipped}}).kind, StepKind::kBlock);
  const auto conflict = CellAfter({R"(conflict_detected { paths: "a" })", "conflict_reported {}"});
  EXPECT_EQ(NextStep(state, {{"papafly", conflict}}).kind, StepKind::kBlock);
}

TEST(Step, ReportsAConflictBeforeItGoesOn) {
  const auto state = Running({"wave_opened {}", "wave_passed {}", "wave_opened { wave: 1 }"});
  const auto conflict = CellAfter({R"(conflict_detected { paths: "a" })"});
  const Step step = NextStep(state, {{"koosy", conflict}});
  EXPECT_EQ(step.kind, StepKind::kReportConflict);
  EXPECT_EQ(step.branch, "koosy");
}

TEST(Step, DoesNothingWhilePaused) {
  const auto state = Running({"wave_opened {}", "rollout_paused {}"});
  EXPECT_EQ(NextStep(state, {}).kind, StepKind::kNothing);
  EXPECT_EQ(
      NextStep(Running({"wave_opened {}", "rollout_paused {}", "rollout_resumed {}"}), {}).kind,
      StepKind::kPrepare);
}

TEST(Step, TakesBackInReverseOrderAndLocksOnlyTheOneThatFailed) {
  auto koosy_events = kMerged;
  koosy_events.back() = R"(pull_request_merged { number: 1 merge_order: 2 })";
  CellStates cells{
      {"papafly", CellAfter(And(kMerged, "health_verified {}"))},
      {"koosy", CellAfter(And(koosy_events, R"(deploy_failed { reason: "unhealthy" })"))}};
  EXPECT_EQ(RollbackOrder(cells), (std::vector<std::string>{"koosy", "papafly"}));
  const auto state = Running({"wave_opened {}", "rollout_halted {}",
                              R"(rollback_started { cells: "koosy" cells: "papafly" })"});
  EXPECT_EQ(NextStep(state, cells).branch, "koosy");
  const std::vector<std::string> back{R"(revert_prepared { cell_head: "c2" })", "revert_pushed {}",
                                      "revert_opened { number: 2 }", "revert_merged {}",
                                      "cell_reverted {}"};
  for (const auto& text : back)
    for (auto& [branch, cell] : cells)
      cell = CellRollout::Fold(std::move(cell), Text<v1::CellRolloutEvent>(text));
  const Step lock = NextStep(state, cells);
  EXPECT_EQ(lock.kind, StepKind::kAskLock);
  EXPECT_EQ(lock.branch, "koosy");
  cells["koosy"] =
      CellRollout::Fold(cells["koosy"], Text<v1::CellRolloutEvent>("cell_lock_asked {}"));
  EXPECT_EQ(NextStep(state, cells).kind, StepKind::kFinishRollback);
}

TEST(CellRollout, RefusesWhatCannotFollow) {
  testing::Scenario<CellRollout>()
      .WhenDecided([](const auto& state) {
        return CellRollout::Record(state, Text<v1::CellRolloutEvent>("pull_request_merged {}"));
      })
      .ThenRefused(absl::StatusCode::kFailedPrecondition);
}

TEST(CellRollout, RecordsAFactOnce) {
  testing::Scenario<CellRollout>()
      .Given({R"(cell_prepared { head_commit: "c1" })", "branch_pushed {}"})
      .WhenDecided([](const auto& state) {
        return CellRollout::Record(state,
                                   Text<v1::CellRolloutEvent>("pull_request_opened { number: 7 }"));
      })
      .Then({"pull_request_opened { number: 7 }"});
}

TEST(Rollout, CannotStartTwiceOrAfterItsEnd) {
  const auto start = [](const auto& state) {
    return Rollout::Record(state, Text<v1::RolloutEvent>("rollout_started {}"));
  };
  testing::Scenario<Rollout>().WhenDecided(start).ThenRefused(absl::StatusCode::kNotFound,
                                                              "NO_SUCH_ROLLOUT");
  testing::Scenario<Rollout>()
      .Given({"rollout_planned {}", "rollout_started {}", "rollout_completed {}"})
      .WhenDecided(start)
      .ThenRefused(absl::StatusCode::kFailedPrecondition, "WRONG_PHASE");
}

}  // namespace
}  // namespace hq::sync
