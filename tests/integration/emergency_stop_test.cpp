// Goal: with decision down an HQ admin still stops everything, and decision, back again, takes that
// stop for its own; and what decision had allowed before the ledger was restored is allowed no
// longer. Method: decision's real door over a real ledger is shut, the switch is engaged with the
// ledger alone (as a call and by hqctl), or the ledger comes back in its second life; and an effect
// that decision had allowed is tried.
#include <gmock/gmock.h>
#include <stdlib.h>

#include "cli/exit_code.hpp"
#include "cli/run.hpp"
#include "services/sync/adapters/git_workshop.hpp"
#include "services/sync/adapters/github_forge.hpp"
#include "services/sync/adapters/http_prober.hpp"
#include "services/sync/api/commands.hpp"
#include "services/sync/reactors/rollout_driver.hpp"
#include "tests/integration/decision_service.hpp"
#include "tests/integration/interrupted_court.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/interrupted_log.hpp"

namespace hq::decision {
namespace {

using ::testing::HasSubstr;

class EmergencyStop : public DecisionService {
 protected:
  // From now on nobody answers at decision's port.
  void DecisionGoesDown() {
    serving_ = {};
    server_.reset();
  }

  // Decision as a new process would be: nothing folded yet, another port.
  void DecisionComesBack() {
    reborn_ = std::make_unique<testing::RunningViews<AllViews>>(*log_);
    reborn_api_ =
        std::make_unique<DecisionApi>(*log_, reborn_->views, reborn_->runner, principals_, door_);
    server_ = *rpc::Server::Start("127.0.0.1:0", {reborn_api_.get()}, [] { return true; });
    serving_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    stub_ =
        v1::DecisionService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
  }

  // hqctl as ann runs it, with no decision anywhere; its exit code.
  int Hqctl(std::vector<const char*> words) {
    setenv("HQ_TOKEN", testing::TokenOf("ann").c_str(), 1);
    setenv("HQ_LEDGER", ledger_.address().c_str(), 1);
    setenv("HQ_DECISION", ("127.0.0.1:" + std::to_string(testing::FreePort())).c_str(), 1);
    words.insert(words.begin(), "hqctl");
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    const int code = cli::Run(static_cast<int>(words.size()), words.data());
    out_ = ::testing::internal::GetCapturedStdout();
    err_ = ::testing::internal::GetCapturedStderr();
    return code;
  }

  // The ledger comes back in its second life, and has not said so yet.
  void LedgerIsRestored() {
    ledger_.BeginAgainIn(2);
    for (EventLog* log : {log_.get(), sync_log_.get()})
      ASSERT_TRUE(testing::Eventually([&] { return log->Head().ok(); }));
    ASSERT_EQ(log_->Head()->head().epoch(), 2U);
  }
  // It says so, an HQ admin releases what that holds, and decision has read both.
  void TheRestoreIsReconciled() {
    Append("ledger", "ledger", "hq",
           testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 }"));
    v1::ReleaseKillSwitchRequest release;
    release.set_scope("global");
    release.set_reason("reconciled");
    v1::ReleaseKillSwitchResponse released;
    ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released).ok());
    ASSERT_TRUE(running_.runner.WaitFor(released.position()).ok());
  }

  InterruptedCourt CourtUntil(std::function<void()> meanwhile) {
    return InterruptedCourt(
        [this](const v1::AuthorizeRequest& request) -> Result<v1::AuthorizeResponse> {
          v1::AuthorizeResponse response;
          HQ_RETURN_IF_ERROR(Call(&Stub::Authorize, request, &response, "sync"));
          return response;
        },
        std::move(meanwhile));
  }

  sync::EffectPlan MergeOfKoosy(std::uint64_t epoch) {
    sync::EffectPlan plan;
    plan.life = log_->Head()->head();
    plan.life.set_epoch(epoch);
    plan.key = "merge-r-1-koosy";
    plan.kind = "merge_pull_request";
    plan.question.set_action(v1::ACTION_MERGE_PULL_REQUEST);
    plan.question.set_branch("koosy");
    plan.question.set_release_id("r-1");
    plan.question.set_rollout_id("7f");
    plan.rollout_fence.set_stream("rollout_fence-7f");
    return plan;
  }

  Result<sync::Progress> Try(sync::EffectRunner& runner, std::uint64_t epoch = 1) {
    return runner.Try(
        MergeOfKoosy(epoch), CommandMeta(),
        [] { return Result<std::optional<std::string>>(std::nullopt); },
        [this]() -> Result<std::string> {
          ++calls_;
          return std::string("merged");
        },
        [](Session&, const std::string&) { return absl::OkStatus(); });
  }

  // A driver finds rollout 8a and its cell koosy like that and chooses a step; between that choice
  // and its append comes the restore. Nothing outside of it answers, and nothing need.
  void ExpectNothingIsDoneBehindARestore(const std::vector<std::string>& of_rollout,
                                         const std::vector<std::string>& of_cell);

  std::unique_ptr<EventLog> sync_log_ = ledger_.ClientOf("sync");
  std::unique_ptr<testing::RunningViews<AllViews>> reborn_;
  std::unique_ptr<DecisionApi> reborn_api_;
  std::string out_, err_;
  int calls_ = 0;
};

void EmergencyStop::ExpectNothingIsDoneBehindARestore(const std::vector<std::string>& of_rollout,
                                                      const std::vector<std::string>& of_cell) {
  using testing::Text;
  auto planned = Text<sync::v1::RolloutEvent>(
      R"(rollout_planned { release_id: "r-1" waves { cells: "koosy" } })");
  const auto plan = sync_log_->PutBlob(
      Text<sync::v1::RolloutPlan>(R"(release_id: "r-1" cells { branch: "koosy" })")
          .SerializeAsString());
  ASSERT_TRUE(plan.ok()) << plan.status();
  planned.mutable_rollout_planned()->set_plan_sha256(*plan);
  Position last = Append("sync", "rollout-8a", "hq", planned);
  for (const std::string& event : of_rollout)
    last = Append("sync", "rollout-8a", "hq", Text<sync::v1::RolloutEvent>(event));
  for (const std::string& event : of_cell)
    last =
        Append("sync", "cell_rollout-8a.koosy", "koosy", Text<sync::v1::CellRolloutEvent>(event));
  testing::RunningViews<sync::Views> of_sync(*sync_log_);
  ASSERT_TRUE(of_sync.runner.WaitFor(last).ok());
  testing::InterruptedLog log(*sync_log_, [this] { LedgerIsRestored(); });
  const testing::TempDir folder;
  const std::string nowhere = "http://127.0.0.1:1";
  InterruptedCourt court = CourtUntil({});
  sync::GithubForge forge({nowhere, "no token"}, clock_);
  const auto workshop = sync::GitWorkshop::Open({folder / "workshop", "dtslib/hq", nowhere, ""});
  auto prober = sync::HttpProber::Make({nowhere});
  ASSERT_TRUE(workshop.ok() && prober.ok());
  // A site that no probe is sent to fails none.
  const sync::DriverSettings settings{
      .poll = std::chrono::milliseconds(5), .probes = 0, .probe_failures = 1};
  sync::RolloutDriver driver(log, clock_, of_sync.views, of_sync.runner, court, forge, **workshop,
                             *prober, settings, metrics_);
  const std::jthread driving([&](std::stop_token stop) { driver.Run(stop); });
  ASSERT_TRUE(testing::Eventually([&] { return log.diverged >= 2; })) << "it tries once more";
  EXPECT_EQ(HeadPosition(), last);
  Append("ledger", "ledger", "hq",
         Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 }"));
  const auto is_paused = [&] {
    const auto rollout = of_sync.views.rollouts.Find("8a");
    return rollout && rollout->phase() == sync::v1::ROLLOUT_PHASE_PAUSED;
  };
  EXPECT_TRUE(testing::Eventually(is_paused))
      << "chosen in the second life, which holds everything";
}

TEST_F(EmergencyStop, KeepsOutWhatDecisionHadAllowedAndIsDecisionsOwnAfterwards) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  ASSERT_TRUE(running_.runner.WaitFor(VerifiedRollout()).ok());
  InterruptedCourt court = CourtUntil([this] {
    DecisionGoesDown();
    ASSERT_EQ(Hqctl({"kill-switch", "on", "--reason", "odd traffic"}), cli::kOk) << err_;
  });
  sync::EffectRunner runner(*sync_log_, clock_, court, metrics_);
  const auto raced = Try(runner);
  ASSERT_TRUE(raced.ok()) << raced.status();
  EXPECT_EQ(raced->kind, sync::Progress::Kind::kWait) << "the fence moved under an allowed attempt";
  EXPECT_EQ(Try(runner).status().code(), absl::StatusCode::kUnavailable) << "nobody to ask";
  EXPECT_EQ(calls_, 0);

  DecisionComesBack();
  const auto denied = Try(runner);
  ASSERT_TRUE(denied.ok()) << denied.status();
  EXPECT_EQ(denied->kind, sync::Progress::Kind::kDenied);
  EXPECT_EQ(calls_, 0);
  v1::GetPolicyRequest ask;
  ask.set_min_position(HeadPosition());
  v1::GetPolicyResponse policy;
  ASSERT_TRUE(Call(&Stub::GetPolicy, ask, &policy).ok());
  ASSERT_EQ(policy.engaged_size(), 1);
  EXPECT_EQ(policy.engaged(0).scope(), "global");
  EXPECT_EQ(policy.engaged(0).actor(), "ann");
  EXPECT_EQ(policy.engaged(0).reason(), "odd traffic");
}

TEST_F(EmergencyStop, IsAcknowledgedWithWhatIsInFlightWhenDecisionIsAskedAgain) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  const auto verdict = Authorize(v1::ACTION_MERGE_PULL_REQUEST, VerifiedRollout());
  ledger::v1::EffectEvent attempt;
  attempt.mutable_effect_attempted()->set_attempt(1);
  attempt.mutable_effect_attempted()->set_not_after_us(
      ToMicros(clock_.Now() + std::chrono::hours(1)));
  *attempt.mutable_effect_attempted()->mutable_fences() = verdict.fences();
  Append("sync", "sync_effect-a", "koosy",
         testing::Text<ledger::v1::EffectEvent>(R"(effect_intended { kind: "merge" })"));
  Append("sync", "sync_effect-a", "koosy", attempt);
  DecisionGoesDown();
  ASSERT_EQ(Hqctl({"kill-switch", "on", "--scope", "koosy", "--reason", "fire"}), cli::kOk) << err_;
  EXPECT_THAT(err_, HasSubstr("through the ledger"));
  EXPECT_THAT(out_, HasSubstr("kill switch koosy is engaged"));

  DecisionComesBack();
  const Position before = HeadPosition();
  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("koosy", &engaged).ok());
  EXPECT_EQ(HeadPosition(), before) << "it is engaged already";
  ASSERT_EQ(engaged.in_flight_size(), 1);
  EXPECT_EQ(engaged.in_flight(0).stream(), "sync_effect-a");
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("koosy");
  release.set_reason("out");
  v1::ReleaseKillSwitchResponse released;
  EXPECT_EQ(AdviceOf(Call(&Stub::ReleaseKillSwitch, release, &released, "ann")).reason,
            "SECOND_PERSON_NEEDED");
  EXPECT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released, "bob").ok());
}

TEST_F(EmergencyStop, AVerdictOfALifeThatWasGivenUpLetsNothingOut) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  ASSERT_TRUE(running_.runner.WaitFor(VerifiedRollout()).ok());
  InterruptedCourt court = CourtUntil([this] { LedgerIsRestored(); });
  sync::EffectRunner runner(*sync_log_, clock_, court, metrics_);
  const Position before = HeadPosition();
  EXPECT_EQ(AdviceOf(Try(runner).status()).reason, "DIVERGED") << "though every fence is in place";
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(HeadPosition(), before) << "nor does it stand on the ledger as intended";
  const auto unheard = Try(runner, 2).status();
  EXPECT_EQ(unheard.code(), absl::StatusCode::kUnavailable) << unheard;
  EXPECT_EQ(AdviceOf(unheard).reason, "VIEW_BEHIND");
  EXPECT_THAT(std::string(unheard.message()), HasSubstr("another life of the ledger"))
      << "decision has read nothing of the second life yet";

  ASSERT_NO_FATAL_FAILURE(TheRestoreIsReconciled());
  EXPECT_EQ(running_.runner.checkpoint().epoch(), 2U);
  EXPECT_EQ(AdviceOf(Try(runner, 1).status()).reason, "DIVERGED") << "the plan is of the first";
  EXPECT_EQ(calls_, 0);
  const auto done = Try(runner, 2);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->kind, sync::Progress::Kind::kDone);
  EXPECT_EQ(calls_, 1);
}

TEST_F(EmergencyStop, AVerdictOfALifeThatWasGivenUpResumesNoRollout) {
  VerifiedRollout();
  const Position paused =
      Append("sync", "rollout-7f", "hq",
             testing::Text<sync::v1::RolloutEvent>(R"(rollout_paused { reason: "lunch" })"));
  ASSERT_TRUE(running_.runner.WaitFor(paused).ok());
  InterruptedCourt court = CourtUntil([this] { LedgerIsRestored(); });
  testing::RunningViews<sync::Views> of_sync(*sync_log_);
  sync::Commands commands(*sync_log_, court, of_sync.views, of_sync.runner);
  sync::v1::ResumeRolloutRequest resume;
  resume.set_rollout_id("7f");
  resume.set_reason("back from lunch");
  const Status refused = commands.Resume(resume, CommandMeta()).status();
  EXPECT_EQ(AdviceOf(refused).reason, "DIVERGED");
  EXPECT_THAT(std::string(refused.message()), HasSubstr("restored"));
  EXPECT_THAT(AdviceOf(refused).next_step, HasSubstr("reconcile")) << "words for a person";
  EXPECT_EQ(HeadPosition(), paused);
}

TEST_F(EmergencyStop, AFailureIsToldToTheLifeOfItsPlanAlone) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  ASSERT_TRUE(running_.runner.WaitFor(VerifiedRollout()).ok());
  InterruptedCourt court = CourtUntil({});
  sync::EffectRunner runner(*sync_log_, clock_, court, metrics_);
  const auto nothing_there = [] { return Result<std::optional<std::string>>(std::nullopt); };
  const auto conclude = [](Session&, const std::string&) { return absl::OkStatus(); };
  Position attempted = 0;
  const auto fail = [&]() -> Result<std::string> {
    attempted = HeadPosition();
    LedgerIsRestored();
    return absl::PermissionDeniedError("the branch is protected");
  };
  const auto tried = runner.Try(MergeOfKoosy(1), CommandMeta(), nothing_there, fail, conclude);
  EXPECT_EQ(AdviceOf(tried.status()).reason, "DIVERGED");
  EXPECT_EQ(HeadPosition(), attempted);
}

TEST_F(EmergencyStop, AReleaseDecidedBeforeARestoreLiftsNothingBehindIt) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("global", &engaged).ok());
  testing::InterruptedLog log(*log_, [this] { LedgerIsRestored(); });
  const Commands commands(log, running_.views, running_.runner, principals_);
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("global");
  release.set_reason("the traffic is even again");
  CommandMeta bob;
  bob.now = clock_.Now();
  bob.actor = "bob";
  bob.role = "hq_admin";
  const Status refused = commands.ReleaseKillSwitch(release, bob).status();
  EXPECT_EQ(AdviceOf(refused).reason, "DIVERGED") << refused;
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(AdviceOf(refused).next_step, HasSubstr("reconcile")) << "words for a person";
  EXPECT_EQ(HeadPosition(), engaged.position()) << "though no stream has another version";
  EXPECT_TRUE(commands.ReleaseKillSwitch(release, bob).ok()) << "decided in the second life";
}

TEST_F(EmergencyStop, WhatSyncsViewsSaidBeforeARestoreStartsAndRollsBackNothing) {
  using testing::Text;
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")}));
  VerifiedRollout();
  const std::string planned = R"(rollout_planned { release_id: "r-1" waves { cells: "koosy" } })";
  for (const char* id : {"rollout-8a", "rollout-9c"})
    Append("sync", id, "hq", Text<sync::v1::RolloutEvent>(planned));
  Append("sync", "rollout-9c", "hq", Text<sync::v1::RolloutEvent>("rollout_started {}"));
  Append("sync", "cell_rollout-9c.koosy", "koosy",
         Text<sync::v1::CellRolloutEvent>("pull_request_merged { number: 1 merge_order: 1 }"));
  for (const char* id : {"rollout-7f", "rollout-9c"})
    Append("sync", id, "hq", Text<sync::v1::RolloutEvent>("rollout_completed {}"));
  testing::ScratchDatabase database;
  sync::Views views(*database);
  projection::Runner runner(*sync_log_, *database, views.List(), metrics_);
  InterruptedCourt court = CourtUntil({});
  sync::Commands commands(*sync_log_, court, views, runner);
  sync::v1::StartRolloutRequest start;
  start.set_rollout_id("8a");
  sync::v1::RollBackRequest back;
  back.set_release_id("r-1");
  back.set_reason("it is red");
  EXPECT_EQ(commands.Start(start, CommandMeta()).status().code(), absl::StatusCode::kUnavailable)
      << "nothing is read yet";
  ASSERT_TRUE(runner.CatchUp().ok());
  LedgerIsRestored();
  ASSERT_NO_FATAL_FAILURE(TheRestoreIsReconciled());
  const Position before = HeadPosition();
  EXPECT_EQ(AdviceOf(commands.Start(start, CommandMeta()).status()).reason, "DIVERGED");
  EXPECT_EQ(AdviceOf(commands.RollBack(back, CommandMeta()).status()).reason, "DIVERGED");
  EXPECT_EQ(HeadPosition(), before);

  ASSERT_TRUE(runner.CatchUp().ok());
  const auto rolled_back = commands.RollBack(back, CommandMeta());
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(rolled_back->rollout_ids, ::testing::ElementsAre("9c"));
}

// The driver opens the rollout's first wave.
TEST_F(EmergencyStop, AStepChosenBeforeARestoreIsNotTakenBehindIt) {
  ExpectNothingIsDoneBehindARestore({"rollout_started {}"}, {});
}

// The driver has seen that the cell is well.
TEST_F(EmergencyStop, AFactOfACellSeenBeforeARestoreIsNotRecordedBehindIt) {
  ExpectNothingIsDoneBehindARestore(
      {"rollout_started {}", "wave_opened {}"},
      {"pull_request_merged { number: 1 merge_order: 1 }", "deploy_observed {}"});
}

TEST_F(EmergencyStop, HqctlTellsTheSameExitCodesAsDecisionWould) {
  ASSERT_NO_FATAL_FAILURE(ApplyFleet({Cell("koosy", "standard")}));
  DecisionGoesDown();
  const Position before = HeadPosition();
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--scope", "kosy", "--reason", "x"}), cli::kNotFound);
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--scope", "No!", "--reason", "x"}), cli::kUsage);
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--reason", ""}), cli::kUsage);
  EXPECT_EQ(Hqctl({"kill-switch", "off", "--reason", "x"}), cli::kUnavailable)
      << "a switch is released by decision alone";
  EXPECT_EQ(HeadPosition(), before);
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--reason", "x", "--command-id", "c-1"}), cli::kOk) << err_;
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--reason", "x", "--command-id", "c-1", "--json"}),
            cli::kOk);
  EXPECT_THAT(out_, HasSubstr(R"("repeated_command":true)"));
  EXPECT_EQ(HeadPosition(), before + 1);
  ledger_.Stop();
  EXPECT_EQ(Hqctl({"kill-switch", "on", "--reason", "x", "--timeout", "2"}), cli::kUnavailable);
}

}  // namespace
}  // namespace hq::decision
