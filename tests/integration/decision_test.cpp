// What decision does, seen through its gRPC door.
#include <gmock/gmock.h>

#include "hq/billing/v1/events.pb.h"
#include "tests/integration/decision_service.hpp"

namespace hq::decision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

TEST_F(DecisionService, AppliesAFleetInOneAppendAndOnlyOnce) {
  const std::string fleet = Fleet({Cell("papafly", "canary"), Cell("koosy", "standard")});
  v1::ApplyFileResponse response;
  ASSERT_TRUE(Apply("registry/branches.json", fleet, &response, true).ok());
  EXPECT_THAT(response.changes(), ElementsAre("cell papafly: registered, tier canary",
                                              "cell koosy: registered, tier standard"));
  EXPECT_EQ(response.position(), 0u);
  EXPECT_EQ(HeadPosition(), 0u) << "a dry run appends nothing";

  ASSERT_TRUE(Apply("registry/branches.json", fleet, &response).ok());
  EXPECT_EQ(response.position(), 2u);
  ASSERT_TRUE(Apply("registry/branches.json", fleet, &response).ok());
  EXPECT_THAT(response.changes(), IsEmpty());
  EXPECT_EQ(response.position(), 0u);
  EXPECT_EQ(HeadPosition(), 2u) << "the same content appends nothing";

  ASSERT_TRUE(Apply("registry/branches.json", Fleet({Cell("koosy", "premium")}), &response).ok());
  EXPECT_THAT(response.changes(), ElementsAre("cell koosy: tier standard -> premium"));
  const auto record = log_->Get(testing::Text<ledger::v1::GetRequest>("position: 3"));
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->record.event(), "cell_changed");
  EXPECT_EQ(record->record.branch(), "koosy");
  EXPECT_EQ(record->record.producer(), "decision");
  EXPECT_EQ(record->record.actor(), "ann");
  EXPECT_EQ(record->record.role(), "hq_admin");
}

TEST_F(DecisionService, RefusesABadFileAsAWhole) {
  v1::ApplyFileResponse response;
  const Status status = Apply("registry/branches.json",
                              Fleet({Cell("koosy", "standard"), Cell("two", "gold")}), &response);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("registry/branches.json: $.branches[1].tier"));
  EXPECT_EQ(HeadPosition(), 0u);
  EXPECT_EQ(Apply("registry/unknown.json", "{}", &response).code(),
            absl::StatusCode::kInvalidArgument);
  for (const std::string& path : {std::string(), std::string(501, 'p')}) {
    const Status malformed = Apply(path, "{}", &response);
    EXPECT_EQ(malformed.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(AdviceOf(malformed).reason, "MALFORMED_PATH");
  }
  const Status dropped = Apply("registry/policy.json", R"({"rules": []})", &response);
  EXPECT_EQ(AdviceOf(dropped).reason, "RULE_DROPPED");
  EXPECT_THAT(std::string(dropped.message()), HasSubstr("registry/policy.json: $.rules"));
  const Status unknown =
      Apply("registry/decision-engine.json",
            R"({"killSwitch": true, "maintenanceMode": {"koosy": true}})", &response);
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("$.maintenanceMode.koosy"));
  EXPECT_EQ(HeadPosition(), 0u) << "nor is the kill switch engaged by half a file";
}

TEST_F(DecisionService, RegistersNoCellThatCannotBeBilled) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary")}));
  const Position priced = Append(
      "billing", "price_book", "hq",
      testing::Text<billing::v1::PriceBookEvent>(
          R"(price_book_applied { book: 1 tiers { tier: "canary" } tiers { tier: "standard" } })"));
  ASSERT_TRUE(running_.runner.WaitFor(priced).ok());
  v1::ApplyFileResponse response;
  const Status status =
      Apply("registry/branches.json", Fleet({Cell("koosy", "premium")}), &response);
  EXPECT_THAT(std::string(status.message()), HasSubstr("$.branches[0].tier"));
  EXPECT_TRUE(Apply("registry/branches.json",
                    Fleet({Cell("koosy", "premium", R"(, "billingTier": "standard")")}), &response)
                  .ok());
}

TEST_F(DecisionService, DecisionEngineEngagesAndNeverReleases) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  v1::ApplyFileResponse response;
  const std::string engine =
      R"({"killSwitch": true, "maintenanceMode": {"koosy": true}, "fallbackChain": ["physical"]})";
  ASSERT_TRUE(Apply("registry/decision-engine.json", engine, &response).ok());
  EXPECT_THAT(response.changes(),
              ElementsAre("kill switch global: engaged", "cell koosy: enters maintenance"));
  const Position engaged = response.position();
  ASSERT_TRUE(Apply("registry/decision-engine.json",
                    R"({"killSwitch": false, "maintenanceMode": {"koosy": false}})", &response)
                  .ok());
  EXPECT_THAT(response.changes(), IsEmpty());
  v1::GetPolicyRequest request;
  request.set_min_position(engaged);
  v1::GetPolicyResponse policy;
  ASSERT_TRUE(Call(&Stub::GetPolicy, request, &policy).ok());
  ASSERT_EQ(policy.engaged_size(), 1);
  EXPECT_EQ(policy.engaged(0).reason(), "decision-engine.json");
  EXPECT_EQ(policy.engaged(0).actor(), "ann");
}

TEST_F(DecisionService, AuthorizesUnderFences) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  const Position verified = VerifiedRollout();
  const auto allowed = Authorize(v1::ACTION_MERGE_PULL_REQUEST, verified);
  EXPECT_EQ(allowed.verdict(), v1::VERDICT_ALLOW) << allowed.ShortDebugString();
  EXPECT_GE(allowed.position(), verified);
  std::vector<std::string> fences;
  for (const auto& fence : allowed.fences())
    fences.push_back(fence.stream() + " " + std::to_string(fence.version()));
  EXPECT_THAT(fences, UnorderedElementsAre("kill_switch-global 0", "kill_switch-koosy 0",
                                           "cell_lock-koosy 0", "policy 0"));

  v1::LockCellRequest lock;
  lock.set_branch("koosy");
  lock.set_reason("deploy failed");
  v1::LockCellResponse locked;
  ASSERT_TRUE(Call(&Stub::LockCell, lock, &locked, "sync").ok());
  EXPECT_EQ(Authorize(v1::ACTION_MERGE_PULL_REQUEST, 0).verdict(), v1::VERDICT_DENY)
      << "the lock's stream is read from the ledger, so no view can be late";
  EXPECT_EQ(Authorize(v1::ACTION_REVERT, 0).verdict(), v1::VERDICT_ALLOW);

  v1::UnlockCellRequest unlock;
  unlock.set_branch("koosy");
  unlock.set_reason("mended");
  v1::UnlockCellResponse unlocked;
  EXPECT_EQ(Call(&Stub::UnlockCell, unlock, &unlocked, "sync").code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(Call(&Stub::UnlockCell, unlock, &unlocked).ok());
  EXPECT_GT(unlocked.position(), locked.position());
  const auto after = Authorize(v1::ACTION_MERGE_PULL_REQUEST, 0);
  EXPECT_EQ(after.verdict(), v1::VERDICT_ALLOW);
  EXPECT_THAT(
      after.fences(),
      ::testing::Contains(::testing::ResultOf(
          [](const auto& fence) { return fence.stream() + " " + std::to_string(fence.version()); },
          "cell_lock-koosy 2")));
}

TEST_F(DecisionService, GivesNoVerdictBeforeItsViewsHaveCaughtUp) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  VerifiedRollout();
  v1::AuthorizeRequest request;
  request.set_action(v1::ACTION_MERGE_PULL_REQUEST);
  request.set_branch("koosy");
  request.set_release_id("r-1");
  request.set_rollout_id("7f");
  v1::AuthorizeResponse response;
  // A process that has just started: nothing is folded before somebody says so.
  testing::ScratchDatabase database;
  AllViews views(*database);
  projection::Runner runner(*log_, *database, views.List(), metrics_);
  const Authorizer authorizer(*log_, views, runner);
  const Status early = authorizer.Authorize(request, response);
  EXPECT_EQ(early.code(), absl::StatusCode::kUnavailable) << early;
  EXPECT_EQ(AdviceOf(early).reason, "VIEW_BEHIND");
  EXPECT_EQ(response.verdict(), v1::VERDICT_UNSPECIFIED) << "a deny would pause the rollout";

  ASSERT_TRUE(runner.CatchUp().ok());
  const Status late = authorizer.Authorize(request, response);
  ASSERT_TRUE(late.ok()) << late;
  EXPECT_EQ(response.verdict(), v1::VERDICT_ALLOW) << response.ShortDebugString();
}

TEST_F(DecisionService, CanaryFirstHoldsUntilItIsOnlyAudited) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  using testing::Text;
  Append("sync", "release-r-1", "hq",
         Text<sync::v1::ReleaseEvent>(R"(release_created { release_id: "r-1" })"));
  Append("sync", "rollout-7f", "hq",
         Text<sync::v1::RolloutEvent>(R"(rollout_planned { release_id: "r-1" })"));
  const Position started =
      Append("sync", "rollout-7f", "hq", Text<sync::v1::RolloutEvent>("rollout_started {}"));
  EXPECT_EQ(Authorize(v1::ACTION_MERGE_PULL_REQUEST, started).verdict(), v1::VERDICT_DENY);

  v1::ApplyFileResponse response;
  ASSERT_TRUE(Apply("registry/policy.json", R"({"rules": [
                      {"id": "no-direct-push", "enforcement": "reject"},
                      {"id": "canary-first", "enforcement": "audit"},
                      {"id": "ledger-mandatory", "enforcement": "abort"}]})",
                    &response)
                  .ok());
  const auto audited = Authorize(v1::ACTION_MERGE_PULL_REQUEST, 0);
  EXPECT_EQ(audited.verdict(), v1::VERDICT_ALLOW);
  EXPECT_THAT(audited.ShortDebugString(),
              HasSubstr(R"(rule_id: "canary-first" enforcement: ENFORCEMENT_AUDIT refuses: true)"));
}

TEST_F(DecisionService, TheKillSwitchShutsTheGateAndListsWhatHadPassed) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  const auto verdict = Authorize(v1::ACTION_MERGE_PULL_REQUEST, VerifiedRollout());
  Append("sync", "sync_effect-a", "koosy",
         testing::Text<ledger::v1::EffectEvent>(R"(effect_intended { kind: "merge" })"));
  ledger::v1::EffectEvent attempt;
  auto* attempted = attempt.mutable_effect_attempted();
  attempted->set_attempt(1);
  attempted->set_not_after_us(ToMicros(clock_.Now() + std::chrono::hours(1)));
  *attempted->mutable_fences() = verdict.fences();
  Append("sync", "sync_effect-a", "koosy", attempt);

  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("global", &engaged).ok());
  ASSERT_EQ(engaged.in_flight_size(), 1);
  EXPECT_EQ(engaged.in_flight(0).stream(), "sync_effect-a");
  EXPECT_EQ(engaged.in_flight(0).kind(), "merge");
  EXPECT_EQ(engaged.in_flight(0).branch(), "koosy");
  EXPECT_EQ(Authorize(v1::ACTION_REVERT, 0).verdict(), v1::VERDICT_DENY);

  ledger::v1::AppendRequest late;
  auto* append = late.add_appends();
  append->set_stream("sync_effect-a");
  auto* event = append->add_events();
  event->set_branch("koosy");
  event->set_event("effect_attempted");
  event->set_schema_version(1);
  event->mutable_data()->PackFrom(attempt);
  for (const auto& fence : verdict.fences()) {
    auto* condition = late.add_conditions();
    condition->set_stream(fence.stream());
    condition->set_version(fence.version());
  }
  EXPECT_EQ(ledger_.ClientOf("sync")->Append(late).status().code(), absl::StatusCode::kAborted)
      << "no attempt under the old verdict enters";
  const Position before = HeadPosition();
  ASSERT_TRUE(Activate("global", &engaged).ok());
  EXPECT_EQ(HeadPosition(), before) << "engaging an engaged switch appends nothing";
}

TEST_F(DecisionService, ASecondPersonReleasesTheKillSwitch) {
  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("global", &engaged).ok());
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("global");
  release.set_reason("out");
  v1::ReleaseKillSwitchResponse released;
  const Status own = Call(&Stub::ReleaseKillSwitch, release, &released, "ann");
  EXPECT_EQ(own.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(AdviceOf(own).reason, "SECOND_PERSON_NEEDED");
  EXPECT_EQ(Call(&Stub::ReleaseKillSwitch, release, &released, "llm-koosy").code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released, "bob").ok());
  EXPECT_GT(released.position(), engaged.position());
}

// The restore's own record, on a ledger that runs on: what decision makes of it does not depend on
// what was given up.
TEST_F(DecisionService, ARestoreHoldsEverythingUntilOneAdminReleasesIt) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  const Position verified = VerifiedRollout();
  ASSERT_EQ(Authorize(v1::ACTION_MERGE_PULL_REQUEST, verified).verdict(), v1::VERDICT_ALLOW);
  const Position restored = Append(
      "ledger", "ledger", "hq",
      testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 restored_to: 6 }"));
  const auto held = Authorize(v1::ACTION_MERGE_PULL_REQUEST, 0);
  EXPECT_EQ(held.verdict(), v1::VERDICT_DENY) << "read from the ledger, so no view can be late";
  EXPECT_THAT(held.rules(0).why(), HasSubstr("the ledger was restored to position 6"));
  v1::GetPolicyRequest ask;
  ask.set_min_position(restored);
  v1::GetPolicyResponse policy;
  ASSERT_TRUE(Call(&Stub::GetPolicy, ask, &policy).ok());
  ASSERT_EQ(policy.engaged_size(), 1);
  EXPECT_EQ(policy.engaged(0).actor(), "ledger");

  v1::ReleaseKillSwitchRequest release;
  release.set_scope("global");
  release.set_reason("reconciled");
  v1::ReleaseKillSwitchResponse released;
  EXPECT_EQ(Call(&Stub::ReleaseKillSwitch, release, &released, "llm-koosy").code(),
            absl::StatusCode::kPermissionDenied);
  ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released).ok())
      << "the switch has no stream yet, and nobody engaged it";
  EXPECT_EQ(released.position(), restored + 1);
  const auto allowed = Authorize(v1::ACTION_MERGE_PULL_REQUEST, 0);
  EXPECT_EQ(allowed.verdict(), v1::VERDICT_ALLOW) << allowed.ShortDebugString();
  EXPECT_EQ(allowed.fences(0).stream() + " " + std::to_string(allowed.fences(0).version()),
            "kill_switch-global 1");
  ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released).ok());
  EXPECT_EQ(HeadPosition(), restored + 1) << "releasing a released switch appends nothing";
}

TEST_F(DecisionService, EngagesTheSwitchWhileARestoreHoldsIt) {
  Append("ledger", "ledger", "hq",
         testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 }"));
  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("global", &engaged).ok());
  EXPECT_EQ(HeadPosition(), 2u);
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("global");
  release.set_reason("reconciled");
  v1::ReleaseKillSwitchResponse released;
  EXPECT_EQ(AdviceOf(Call(&Stub::ReleaseKillSwitch, release, &released, "ann")).reason,
            "SECOND_PERSON_NEEDED");
  ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released, "bob").ok());
  v1::GetPolicyRequest ask;
  ask.set_min_position(released.position());
  v1::GetPolicyResponse policy;
  ASSERT_TRUE(Call(&Stub::GetPolicy, ask, &policy).ok());
  EXPECT_THAT(policy.engaged(), IsEmpty());
}

TEST_F(DecisionService, CommandsNeedAKnownCellAndAReason) {
  v1::LockCellRequest lock;
  v1::LockCellResponse locked;
  lock.set_branch("nowhere");
  EXPECT_EQ(Call(&Stub::LockCell, lock, &locked).code(), absl::StatusCode::kInvalidArgument);
  lock.set_reason("x");
  EXPECT_EQ(Call(&Stub::LockCell, lock, &locked).code(), absl::StatusCode::kNotFound);
  lock.set_branch("no such cell");
  EXPECT_EQ(Call(&Stub::LockCell, lock, &locked).code(), absl::StatusCode::kInvalidArgument);
  v1::ActivateKillSwitchResponse engaged;
  EXPECT_EQ(Activate("nowhere", &engaged).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(HeadPosition(), 0u);
}

TEST_F(DecisionService, ARepeatedCommandGetsTheFirstAnswer) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  v1::SetMaintenanceRequest request;
  request.set_branch("koosy");
  request.set_maintenance(true);
  request.set_reason("stock-taking");
  v1::SetMaintenanceResponse first, again, other;
  ASSERT_TRUE(Call(&Stub::SetMaintenance, request, &first, "ann", "c-1").ok());
  ASSERT_TRUE(Call(&Stub::SetMaintenance, request, &again, "ann", "c-1").ok());
  EXPECT_EQ(again.position(), first.position());
  request.set_maintenance(false);
  EXPECT_EQ(Call(&Stub::SetMaintenance, request, &other, "ann", "c-1").code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(DecisionService, ACallerSeesItsOwnCellsOnly) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet(
      {Cell("papafly", "canary"), Cell("koosy", "standard"), Cell("another", "standard")}));
  const auto cells_of = [&](const std::string& principal) {
    v1::ListCellsResponse response;
    v1::ListCellsRequest request;
    request.set_min_position(3);
    const Status status = Call(&Stub::ListCells, request, &response, principal);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> ids;
    for (const auto& cell : response.cells()) ids.push_back(cell.entry().id());
    return ids;
  };
  EXPECT_THAT(cells_of("ann"), ElementsAre("another", "koosy", "papafly"));
  EXPECT_THAT(cells_of("owner-koosy"), ElementsAre("koosy"));
  EXPECT_THAT(cells_of("owner-both"), ElementsAre("koosy", "papafly"));
  v1::ListCellsRequest foreign;
  foreign.set_branch("papafly");
  v1::ListCellsResponse response;
  EXPECT_EQ(Call(&Stub::ListCells, foreign, &response, "owner-koosy").code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(DecisionService, SaysUnavailableWhileTheLedgerIsAwayAndGoesOnAfterwards) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  ledger_.Stop();
  v1::LockCellRequest lock;
  lock.set_branch("koosy");
  lock.set_reason("x");
  v1::LockCellResponse locked;
  EXPECT_EQ(Call(&Stub::LockCell, lock, &locked).code(), absl::StatusCode::kUnavailable);
  v1::ListCellsResponse cells;
  EXPECT_TRUE(Call(&Stub::ListCells, v1::ListCellsRequest(), &cells).ok()) << "reads go on";
  EXPECT_EQ(cells.cells_size(), 1);
  ledger_.Start();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  Status status;
  do {
    status = Call(&Stub::LockCell, lock, &locked);
  } while (absl::IsUnavailable(status) && std::chrono::steady_clock::now() < deadline);
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace hq::decision
