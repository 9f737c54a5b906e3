// Goal: a rollout begins, and what was rolled out goes back, only where nothing else is under way
// and decision agrees; and people who name a record get back what began since, or what it was part
// of. Method: sync's commands and views over a real ledger, and the real decision behind its door.
#include <gmock/gmock.h>

#include "services/sync/adapters/decision_client.hpp"
#include "services/sync/api/commands.hpp"
#include "services/sync/core/cell_rollout.hpp"
#include "tests/integration/decision_service.hpp"

namespace hq::decision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class SyncCommands : public DecisionService {
 protected:
  void SetUp() override {
    for (const std::string id : {"r-1", "r-2"})
      Append(
          "sync", "release-" + id, "hq",
          testing::Text<sync::v1::ReleaseEvent>("release_created { release_id: \"" + id + "\" }"));
  }

  Position Of(const std::string& rollout_id, const std::string& event) {
    return Append("sync", "rollout-" + rollout_id, "hq",
                  testing::Text<sync::v1::RolloutEvent>(event));
  }
  void Plan(const std::string& rollout_id, const std::string& release_id) {
    Of(rollout_id,
       "rollout_planned { release_id: \"" + release_id + "\" waves { cells: \"koosy\" } }");
  }
  // The position at which it began. koosy has not taken it yet.
  Position Begin(const std::string& rollout_id, const std::string& release_id) {
    Plan(rollout_id, release_id);
    return Of(rollout_id, "rollout_started {}");
  }
  // The same, and koosy took it. The position at which it began.
  Position RollOut(const std::string& rollout_id, const std::string& release_id) {
    const Position begun = Begin(rollout_id, release_id);
    OfCell(rollout_id, "pull_request_merged { number: 1 merge_order: 1 }", rollout_id);
    Of(rollout_id, "rollout_completed {}");
    return begun;
  }
  // Recorded as belonging to `correlation_id`; the position.
  Position OfCell(const std::string& rollout_id, const std::string& event,
                  const std::string& correlation_id) {
    CommandMeta meta;
    meta.correlation_id = correlation_id;
    const auto appended = Transact(*sync_log_, meta, [&](Session& session) {
      session.Stage<sync::CellRollout>(sync::CellRollout::Id(rollout_id, "koosy"),
                                       {testing::Text<sync::v1::CellRolloutEvent>(event)});
      return absl::OkStatus();
    });
    EXPECT_TRUE(appended.ok()) << appended.status();
    return appended.ok() ? appended->receipt().last_position() : 0;
  }

  // Once sync has read everything that is there.
  Status Start(const std::string& rollout_id) {
    HQ_RETURN_IF_ERROR(of_sync_.runner.WaitFor(HeadPosition()));
    sync::v1::StartRolloutRequest request;
    request.set_rollout_id(rollout_id);
    return commands_.Start(request, CommandMeta()).status();
  }
  Result<std::vector<std::string>> RollBack(sync::v1::RollBackRequest request) {
    HQ_RETURN_IF_ERROR(of_sync_.runner.WaitFor(HeadPosition()));
    request.set_reason("it is red");
    HQ_ASSIGN_OR_RETURN(const auto rolled_back, commands_.RollBack(request, CommandMeta()));
    return rolled_back.rollout_ids;
  }
  Result<std::vector<std::string>> RollBackRelease(const std::string& release_id) {
    sync::v1::RollBackRequest request;
    request.set_release_id(release_id);
    return RollBack(request);
  }
  Result<std::vector<std::string>> RollBackRecord(Position position) {
    ledger::v1::GetRequest get;
    get.set_position(position);
    sync::v1::RollBackRequest request;
    request.set_txn_id(log_->Get(get)->record.id());
    return RollBack(request);
  }

  // And that it appends nothing.
  void ExpectRefused(const std::function<Status()>& command, absl::StatusCode code,
                     const std::string& reason, const std::string& why) {
    const Position before = HeadPosition();
    const Status status = command();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_EQ(AdviceOf(status).reason, reason) << status;
    EXPECT_FALSE(AdviceOf(status).next_step.empty());
    EXPECT_THAT(std::string(status.message()), HasSubstr(why));
    EXPECT_EQ(HeadPosition(), before);
  }

  std::unique_ptr<EventLog> sync_log_ = ledger_.ClientOf("sync");
  testing::RunningViews<sync::Views> of_sync_{*sync_log_};
  sync::DecisionClient court_{"127.0.0.1:" + std::to_string(server_->port()),
                              testing::TokenOf("sync")};
  sync::Commands commands_{*sync_log_, court_, of_sync_.views, of_sync_.runner};
};

TEST_F(SyncCommands, OneRolloutAtATime) {
  constexpr auto kCode = absl::StatusCode::kFailedPrecondition;
  Begin("7f", "r-1");
  Plan("8a", "r-2");
  const auto start = [&] { return Start("8a"); };
  ExpectRefused(start, kCode, "ROLLOUT_UNDER_WAY", "rollout 7f is unfinished");
  EXPECT_TRUE(Start("7f").ok()) << "it is under way itself, as is wanted";
  Of("7f", R"(rollout_paused { reason: "lunch" })");
  ExpectRefused(start, kCode, "ROLLOUT_UNDER_WAY", "rollout 7f is unfinished");
  Of("7f", R"(rollout_resumed { reason: "back from lunch" })");
  const Position before = Of("7f", "rollout_completed {}");
  const Status started = Start("8a");
  ASSERT_TRUE(started.ok()) << started;
  EXPECT_EQ(HeadPosition(), before + 2) << "with its fence";
}

TEST_F(SyncCommands, NothingBeginsThatDecisionRefuses) {
  Plan("8a", "r-2");
  v1::ActivateKillSwitchResponse engaged;
  ASSERT_TRUE(Activate("global", &engaged).ok());
  ExpectRefused([&] { return Start("8a"); }, absl::StatusCode::kFailedPrecondition,
                "REFUSED_BY_POLICY",
                "refused by policy: kill-switch: the global kill switch is engaged");
  EXPECT_THAT(AdviceOf(Start("8a")).next_step, HasSubstr("released by an HQ admin"))
      << "what decision says is to be done";
}

TEST_F(SyncCommands, NothingGoesBackBehindAnotherRolloutsBack) {
  RollOut("7f", "r-1");
  Begin("9c", "r-2");
  ExpectRefused([&] { return RollBackRelease("r-1").status(); },
                absl::StatusCode::kFailedPrecondition, "ROLLOUT_UNDER_WAY",
                "rollout 9c is under way");
  Of("9c", R"(rollout_paused { reason: "lunch" })");
  const auto rolled_back = RollBackRelease("r-1");
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(*rolled_back, ElementsAre("7f")) << "a paused one moves nothing";
}

TEST_F(SyncCommands, WhatIsOnNoCellCannotGoBack) {
  const auto expect_nothing = [&] {
    ExpectRefused([&] { return RollBackRelease("r-1").status(); }, absl::StatusCode::kNotFound,
                  "NOTHING_TO_ROLL_BACK", "on any cell");
  };
  expect_nothing();
  Begin("7f", "r-1");
  expect_nothing();
  OfCell("7f", "pull_request_merged { number: 1 merge_order: 1 }", "7f");
  const auto rolled_back = RollBackRelease("r-1");
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(*rolled_back, ElementsAre("7f"));
}

TEST_F(SyncCommands, ARecordsRolloutGoesBackAndWhatBeganSinceTheRecord) {
  const Position first = RollOut("7f", "r-1");
  RollOut("9c", "r-2");
  const Position elses = OfCell("9c", "deploy_observed {}", "somebody-elses");
  ExpectRefused([&] { return RollBackRecord(elses).status(); }, absl::StatusCode::kNotFound,
                "NOTHING_TO_ROLL_BACK", "on any cell");
  const Position its_own = OfCell("7f", "deploy_observed {}", "7f");
  auto rolled_back = RollBackRecord(its_own);
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(*rolled_back, ElementsAre("7f")) << "nothing began since, but it is of that one";
  rolled_back = RollBackRecord(first);
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(*rolled_back, ElementsAre("9c", "7f")) << "what came last is taken back first";
  ASSERT_TRUE(of_sync_.runner.WaitFor(HeadPosition()).ok());
  for (const char* id : {"7f", "9c"})
    EXPECT_EQ(of_sync_.views.rollouts.Find(id)->phase(), sync::v1::ROLLOUT_PHASE_ROLLING_BACK);
}

TEST_F(SyncCommands, AReleaseIsQuarantinedOnceHoweverManyRolloutsOfItGoBack) {
  RollOut("7f", "r-1");
  RollOut("9c", "r-1");
  const auto rolled_back = RollBackRelease("r-1");
  ASSERT_TRUE(rolled_back.ok()) << rolled_back.status();
  EXPECT_THAT(*rolled_back, UnorderedElementsAre("7f", "9c"));
  ledger::v1::ReadStreamRequest request;
  request.set_stream("release-r-1");
  const auto release = sync_log_->ReadStream(request);
  ASSERT_TRUE(release.ok()) << release.status();
  std::vector<std::string> events;
  for (const Recorded& recorded : release->records) events.push_back(recorded.record.event());
  EXPECT_THAT(events, ElementsAre("release_created", "release_quarantined"));
}

TEST_F(SyncCommands, ATargetThatIsNoneIsRefused) {
  ExpectRefused([&] { return RollBack({}).status(); }, absl::StatusCode::kInvalidArgument,
                "INVALID_FIELD", "neither release_id nor txn_id");
  sync::v1::RollBackRequest unknown;
  unknown.set_txn_id("TXN-20200101-001");
  ExpectRefused([&] { return RollBack(unknown).status(); }, absl::StatusCode::kNotFound,
                "NO_SUCH_RECORD", "no such record");
}

}  // namespace
}  // namespace hq::decision
