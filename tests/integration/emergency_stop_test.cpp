// Goal: with decision down an HQ admin still stops everything, and decision, back again, takes that
// stop for its own; and what decision had allowed before the ledger was restored is allowed no
// longer. Method: decision's real door over a real ledger is shut, the switch is engaged with the
// ledger alone (as a call and by hqctl), or the ledger comes back in its second life; and an effect
// that decision had allowed is tried.
#include <gmock/gmock.h>
#include <stdlib.h>

#include "cli/exit_code.hpp"
#include "cli/run.hpp"
#include "services/ledger/core/keys.hpp"
#include "services/sync/api/commands.hpp"
#include "services/sync/reactors/effect_runner.hpp"
#include "tests/integration/decision_service.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/free_port.hpp"

namespace hq::decision {
namespace {

using ::testing::HasSubstr;

// Asks the real decision, and lets something happen before the answer is used.
class InterruptedCourt final : public sync::Court {
 public:
  using Ask = std::function<Result<v1::AuthorizeResponse>(const v1::AuthorizeRequest&)>;
  InterruptedCourt(Ask ask, std::function<void()> meanwhile)
      : ask_(std::move(ask)), meanwhile_(std::move(meanwhile)) {}

  Result<v1::AuthorizeResponse> Authorize(const v1::AuthorizeRequest& request) override {
    auto answer = ask_(request);
    if (answer.ok() && meanwhile_) std::exchange(meanwhile_, {})();
    return answer;
  }
  Status LockCell(const std::string&, const std::string&, const CommandMeta&) override {
    return absl::UnimplementedError("not asked for here");
  }

 private:
  Ask ask_;
  std::function<void()> meanwhile_;
};

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

  // The ledger comes back in its second life, restored to its very head: no version of any stream
  // tells the two apart. What it says of itself then is the test's to append.
  void LedgerIsRestored() {
    ledger_.Stop();
    {
      auto store = ledger::RocksStore::Open(ledger_.data_dir() + "/log");
      ASSERT_TRUE(store.ok()) << store.status();
      (*store)->PutSynced(ledger::RocksStore::Table::kMeta, "epoch", ledger::keys::Number(2));
    }
    ledger_.Start();
    for (EventLog* log : {log_.get(), sync_log_.get()})
      ASSERT_TRUE(testing::Eventually([&] { return log->Head().ok(); }));
    ASSERT_EQ(log_->Head()->head().epoch(), 2U);
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
    plan.epoch = epoch;
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

  std::unique_ptr<EventLog> sync_log_ = ledger_.ClientOf("sync");
  std::unique_ptr<testing::RunningViews<AllViews>> reborn_;
  std::unique_ptr<DecisionApi> reborn_api_;
  std::string out_, err_;
  int calls_ = 0;
};

TEST_F(EmergencyStop, KeepsOutWhatDecisionHadAllowedAndIsDecisionsOwnAfterwards) {
  ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")});
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
  ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")});
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
  ApplyFleet({Cell("papafly", "canary"), Cell("koosy", "standard")});
  ASSERT_TRUE(running_.runner.WaitFor(VerifiedRollout()).ok());
  InterruptedCourt court = CourtUntil([this] { LedgerIsRestored(); });
  sync::EffectRunner runner(*sync_log_, clock_, court, metrics_);
  const Position before = HeadPosition();
  EXPECT_EQ(AdviceOf(Try(runner).status()).reason, "DIVERGED") << "though every fence is in place";
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(HeadPosition(), before) << "nor does it stand on the ledger as intended";
  const auto unheard = Try(runner, 2).status();
  EXPECT_EQ(unheard.code(), absl::StatusCode::kUnavailable) << unheard;
  EXPECT_THAT(std::string(unheard.message()), HasSubstr("another life of the ledger"))
      << "decision has read nothing of the second life yet";

  Append("ledger", "ledger", "hq",
         testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 }"));
  v1::ReleaseKillSwitchRequest release;
  release.set_scope("global");
  release.set_reason("reconciled");
  v1::ReleaseKillSwitchResponse released;
  ASSERT_TRUE(Call(&Stub::ReleaseKillSwitch, release, &released).ok());
  ASSERT_TRUE(running_.runner.WaitFor(released.position()).ok());
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
  testing::ScratchDatabase database;
  sync::Views views(*database);
  sync::Commands commands(*sync_log_, court, views);
  sync::v1::ResumeRolloutRequest resume;
  resume.set_rollout_id("7f");
  resume.set_reason("back from lunch");
  EXPECT_EQ(AdviceOf(commands.Resume(resume, CommandMeta()).status()).reason, "DIVERGED");
  EXPECT_EQ(HeadPosition(), paused);
}

TEST_F(EmergencyStop, HqctlTellsTheSameExitCodesAsDecisionWould) {
  ApplyFleet({Cell("koosy", "standard")});
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
