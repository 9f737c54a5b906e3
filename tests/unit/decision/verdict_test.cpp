// The verdict as a table: what is asked, what is so, which rules refuse.
#include "services/decision/core/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hq::decision {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using ::testing::UnorderedElementsAreArray;

// A started rollout of a release that a canary verified, on a standard cell.
Facts AllWell() {
  Facts facts;
  facts.cell.is_registered = true;
  facts.cell.entry.set_id("koosy");
  facts.cell.entry.set_tier("standard");
  facts.is_release_known = true;
  facts.is_release_verified_on_canary = true;
  facts.is_rollout_planned = true;
  facts.is_rollout_started = true;
  facts.rollout_release_id = "r-1";
  return facts;
}

v1::AuthorizeRequest Ask(v1::Action action) {
  v1::AuthorizeRequest request;
  request.set_action(action);
  if (action != v1::ACTION_START_ROLLOUT) request.set_branch("koosy");
  request.set_release_id("r-1");
  request.set_rollout_id("7f");
  if (action == v1::ACTION_PUSH_BRANCH) request.set_git_ref("refs/heads/hq/r-1");
  return request;
}

std::vector<std::string> Refusing(const v1::AuthorizeResponse& response) {
  std::vector<std::string> ids;
  for (const auto& rule : response.rules()) {
    if (!rule.refuses()) continue;
    ids.push_back(rule.rule_id());
    EXPECT_FALSE(rule.why().empty()) << rule.rule_id();
    EXPECT_FALSE(rule.next_step().empty()) << rule.rule_id();
  }
  return ids;
}

struct Row {
  const char* name;
  std::function<void(Facts&)> change;
  std::vector<v1::Action> denied;  // Of all six actions, those that are refused.
  const char* rule;
};

const std::vector<v1::Action> kActions = {v1::ACTION_PUSH_BRANCH,
                                          v1::ACTION_OPEN_PULL_REQUEST,
                                          v1::ACTION_MARK_PULL_REQUEST,
                                          v1::ACTION_MERGE_PULL_REQUEST,
                                          v1::ACTION_REVERT,
                                          v1::ACTION_START_ROLLOUT};
const std::vector<v1::Action> kForward = {v1::ACTION_PUSH_BRANCH, v1::ACTION_OPEN_PULL_REQUEST,
                                          v1::ACTION_MARK_PULL_REQUEST,
                                          v1::ACTION_MERGE_PULL_REQUEST};
const std::vector<v1::Action> kOnCells = {v1::ACTION_PUSH_BRANCH, v1::ACTION_OPEN_PULL_REQUEST,
                                          v1::ACTION_MARK_PULL_REQUEST,
                                          v1::ACTION_MERGE_PULL_REQUEST, v1::ACTION_REVERT};
const std::vector<v1::Action> kTakesRelease = {v1::ACTION_PUSH_BRANCH, v1::ACTION_OPEN_PULL_REQUEST,
                                               v1::ACTION_MERGE_PULL_REQUEST};

const std::vector<Row> kTable = {
    {"all is well", [](Facts&) {}, {}, ""},
    {"global switch", [](Facts& f) { f.global_switch.is_engaged = true; }, kActions, "kill-switch"},
    {"the ledger was restored", [](Facts& f) { f.global_switch.restored = "reconcile"; }, kActions,
     "kill-switch"},
    {"the cell's switch", [](Facts& f) { f.cell_switch.is_engaged = true; }, kActions,
     "kill-switch"},
    {"locked", [](Facts& f) { f.lock.is_locked = true; }, kForward, "cell-lock"},
    {"maintenance", [](Facts& f) { f.cell.is_in_maintenance = true; }, kForward, "maintenance"},
    {"not registered", [](Facts& f) { f.cell = Cell::State(); }, kOnCells, "registry"},
    {"retired", [](Facts& f) { f.cell.is_retired = true; }, kOnCells, "registry"},
    {"not verified", [](Facts& f) { f.is_release_verified_on_canary = false; }, kTakesRelease,
     "canary-first"},
    {"not verified, but a canary",
     [](Facts& f) {
       f.is_release_verified_on_canary = false;
       f.cell.entry.set_tier("canary");
     },
     {},
     ""},
    {"release unknown", [](Facts& f) { f.is_release_known = false; }, kActions, "ledger-mandatory"},
    {"rollout unknown", [](Facts& f) { f.is_rollout_planned = f.is_rollout_started = false; },
     kActions, "ledger-mandatory"},
    {"rollout not started", [](Facts& f) { f.is_rollout_started = false; }, kOnCells,
     "ledger-mandatory"},
};

TEST(Verdict, FollowsTheTable) {
  for (const Row& row : kTable) {
    for (const v1::Action action : kActions) {
      SCOPED_TRACE(std::string(row.name) + ", " + v1::Action_Name(action));
      Facts facts = AllWell();
      row.change(facts);
      const auto response = Judge(Ask(action), facts);
      const bool is_denied =
          std::find(row.denied.begin(), row.denied.end(), action) != row.denied.end();
      EXPECT_EQ(response.verdict(), is_denied ? v1::VERDICT_DENY : v1::VERDICT_ALLOW);
      if (is_denied) {
        EXPECT_THAT(Refusing(response), ::testing::Contains(row.rule));
      } else {
        EXPECT_THAT(Refusing(response), ::testing::IsEmpty());
      }
    }
  }
}

TEST(Verdict, NamesEveryRuleThatRefusesNotOnlyTheFirst) {
  Facts facts = AllWell();
  facts.global_switch.is_engaged = true;
  facts.global_switch.reason = "fire";
  facts.lock.is_locked = true;
  facts.is_release_verified_on_canary = false;
  const auto response = Judge(Ask(v1::ACTION_MERGE_PULL_REQUEST), facts);
  EXPECT_THAT(Refusing(response), UnorderedElementsAre("kill-switch", "cell-lock", "canary-first"));
  EXPECT_THAT(response.rules(0).why(), HasSubstr("fire"));
}

TEST(Verdict, SaysThatTheLedgerWasRestored) {
  Facts facts = AllWell();
  ledger::v1::EpochStarted restore;
  restore.set_restored_to(20);
  facts.global_switch = KillSwitch::FoldRestore({}, restore);
  const auto response = Judge(Ask(v1::ACTION_REVERT), facts);
  EXPECT_THAT(Refusing(response), UnorderedElementsAre("kill-switch"));
  EXPECT_EQ(response.rules(0).enforcement(), v1::ENFORCEMENT_ABORT);
  EXPECT_EQ(response.rules(0).why(),
            "the global kill switch is engaged: the ledger was restored to position 20: reconcile "
            "with the outside, then release");
}

TEST(Verdict, ARolloutOfAnotherReleaseIsNoRecordOfThisOne) {
  Facts facts = AllWell();
  facts.rollout_release_id = "r-2";
  EXPECT_EQ(Judge(Ask(v1::ACTION_MERGE_PULL_REQUEST), facts).verdict(), v1::VERDICT_DENY);
  EXPECT_EQ(Judge(Ask(v1::ACTION_REVERT), facts).verdict(), v1::VERDICT_ALLOW);
}

TEST(Verdict, OnlyTopicBranchesAreWritten) {
  const auto verdict_on = [](v1::Action action, const std::string& ref) {
    auto request = Ask(action);
    request.set_git_ref(ref);
    return Judge(request, AllWell()).verdict();
  };
  for (const char* ref : {"refs/heads/hq/r-1", "refs/heads/hq/revert-r-1", "refs/heads/hq/a/b.c"})
    EXPECT_EQ(verdict_on(v1::ACTION_PUSH_BRANCH, ref), v1::VERDICT_ALLOW) << ref;
  for (const char* ref :
       {"", "refs/heads/main", "refs/heads/hq/", "refs/heads/hq", "refs/heads/hqx/a", "hq/r-1",
        "refs/heads/hq/../main", "refs/heads/hq//a", "refs/heads/hq/a.lock", "refs/heads/hq/a b",
        "refs/heads/hq/a:refs/heads/main", "+refs/heads/hq/a", "refs/heads/hq/.a",
        "refs/heads/hq/a/", "refs/tags/hq/a", "REFS/heads/hq/a", "refs/heads/hq/a\nb"})
    EXPECT_EQ(verdict_on(v1::ACTION_PUSH_BRANCH, ref), v1::VERDICT_DENY) << ref;
  EXPECT_EQ(verdict_on(v1::ACTION_REVERT, "refs/heads/main"), v1::VERDICT_DENY);
  EXPECT_EQ(verdict_on(v1::ACTION_MERGE_PULL_REQUEST, ""), v1::VERDICT_ALLOW);
}

TEST(Verdict, ARuleThatIsOnlyAuditedRefusesOnPaper) {
  for (const auto enforcement : {v1::ENFORCEMENT_AUDIT, v1::ENFORCEMENT_WARN}) {
    Facts facts = AllWell();
    facts.is_release_verified_on_canary = false;
    for (auto& rule : *facts.policy.policy.mutable_rules())
      if (rule.id() == Policy::kCanaryFirst) rule.set_enforcement(enforcement);
    const auto response = Judge(Ask(v1::ACTION_MERGE_PULL_REQUEST), facts);
    EXPECT_EQ(response.verdict(), v1::VERDICT_ALLOW);
    EXPECT_THAT(Refusing(response), UnorderedElementsAre("canary-first"));
  }
}

TEST(Verdict, WhatStandsAbovePolicyCannotBeAudited) {
  Facts facts = AllWell();
  facts.policy.policy.clear_rules();
  facts.global_switch.is_engaged = true;
  EXPECT_EQ(Judge(Ask(v1::ACTION_MERGE_PULL_REQUEST), facts).verdict(), v1::VERDICT_DENY);
}

TEST(Verdict, RulesThatNothingEvaluatesAreNotAmongThoseLookedAt) {
  Facts facts = AllWell();
  facts.policy.policy.add_rules()->set_id("no-fridays");
  const auto response = Judge(Ask(v1::ACTION_MERGE_PULL_REQUEST), facts);
  std::vector<std::string> ids;
  for (const auto& rule : response.rules()) ids.push_back(rule.rule_id());
  EXPECT_THAT(ids,
              UnorderedElementsAreArray({"kill-switch", "registry", "maintenance", "cell-lock",
                                         "no-direct-push", "canary-first", "ledger-mandatory"}));
}

TEST(Verdict, QuestionsThatMakeNoSenseAreErrors) {
  EXPECT_TRUE(CheckQuestion(Ask(v1::ACTION_MERGE_PULL_REQUEST)).ok());
  EXPECT_TRUE(CheckQuestion(Ask(v1::ACTION_START_ROLLOUT)).ok());
  auto no_cell = Ask(v1::ACTION_MERGE_PULL_REQUEST);
  no_cell.clear_branch();
  auto bad_cell = Ask(v1::ACTION_REVERT);
  bad_cell.set_branch("../koosy");
  auto fleet = Ask(v1::ACTION_START_ROLLOUT);
  fleet.set_branch("koosy");
  auto unknown = Ask(v1::ACTION_REVERT);
  unknown.set_action(static_cast<v1::Action>(99));
  const std::vector<std::pair<v1::AuthorizeRequest, std::string>> rows = {
      {no_cell, "MALFORMED_CELL_ID"},
      {bad_cell, "MALFORMED_CELL_ID"},
      {fleet, "CELL_NOT_WANTED"},
      {unknown, "ACTION_NEEDED"},
      {v1::AuthorizeRequest(), "ACTION_NEEDED"}};
  for (const auto& [request, reason] : rows) {
    const Status refused = CheckQuestion(request);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(AdviceOf(refused).reason, reason) << request.ShortDebugString();
  }
}

}  // namespace
}  // namespace hq::decision
