// Releases and plans over a real ledger and real repositories: what is frozen stays frozen, a
// repeated command gets its first answer, and nothing rests on a life of the ledger that was given
// up.
#include "services/sync/api/planner.hpp"

#include <optional>
#include <thread>
#include <utility>

#include "common/base/ids.hpp"
#include "common/grpc/channel.hpp"
#include "services/decision/core/cell.hpp"
#include "services/decision/core/cell_lock.hpp"
#include "services/sync/adapters/decision_client.hpp"
#include "services/sync/api/sync_api.hpp"
#include "services/sync/core/release.hpp"
#include "services/sync/core/rollout.hpp"
#include "services/sync/core/sync_plan.hpp"
#include "tests/integration/sync/workshop_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/running_views.hpp"
#include "tests/support/scenario.hpp"
#include "tests/support/test_ledger.hpp"

namespace hq::sync {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kPlan[] = R"(sync_plan_applied { strategy: "canary" tiers: "canary"
                            tiers: "standard" order: "papafly" order: "*" on_failure: "halt"
                            max_retries: 3 })";

// Two cells on one repository: papafly, the canary, and koosy.
class PlannerTest : public WorkshopTest {
 protected:
  void SetUp() override {
    WorkshopTest::SetUp();
    planner_.emplace(log_, *workshop_, running_.views, running_.runner);
    Register("papafly", "canary");
    Register("koosy", "standard");
  }

  template <class D>
  void Append(EventLog& log, const std::string& id, const std::string& text) {
    const auto appended = Transact(log, CommandMeta(), [&](Session& session) -> Status {
      session.Stage<D>(id, {testing::Text<typename D::Event>(text)});
      return absl::OkStatus();
    });
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  void Register(const std::string& id, const std::string& tier) {
    Append<decision::Cell>(decision_log_, id,
                           R"(cell_registered { cell { id: ")" + id + R"(" repo: ")" +
                               cell_.path() + R"(" tier: ")" + tier + R"(" } })");
  }

  // ann's command; `body` is what tells it from another one under the same id.
  static CommandMeta Command(const std::string& command_id, const std::string& body) {
    CommandMeta meta;
    meta.command_id = command_id;
    meta.command_digest = Sha256(body);
    meta.actor = "ann";
    meta.role = "hq_admin";
    return meta;
  }
  Result<v1::CreateReleaseResponse> Create(const std::string& ref, const CommandMeta& meta = {}) {
    v1::CreateReleaseRequest request;
    request.set_ref(ref);
    v1::CreateReleaseResponse response;
    HQ_RETURN_IF_ERROR(planner_->CreateRelease(request, meta, response));
    return response;
  }
  Result<v1::PlanRolloutResponse> Plan(const std::string& release_id,
                                       const CommandMeta& meta = {}) {
    v1::PlanRolloutRequest request;
    request.set_release_id(release_id);
    v1::PlanRolloutResponse response;
    HQ_RETURN_IF_ERROR(planner_->PlanRollout(request, meta, response));
    return response;
  }
  // A commit of the HQ repository as a release; its id.
  std::string ReleaseOf(const std::string& page) {
    hq_.Put("site/index.html", page);
    hq_.Commit();
    const auto created = Create("main");
    EXPECT_TRUE(created.ok()) << created.status();
    return created.ok() ? created->release_id() : "";
  }
  static std::string ReasonOf(const Status& status) { return AdviceOf(status).reason; }
  Position HeadPosition() {
    const auto head = log_.Head();
    EXPECT_TRUE(head.ok()) << head.status();
    return head.ok() ? head->head().position() : 0;
  }

  // The ledger comes back in its second life, and has not said so yet.
  void LedgerIsRestored() {
    ledger_.BeginAgainIn(2);
    for (EventLog* log : std::initializer_list<EventLog*>{&log_, &decision_log_})
      ASSERT_TRUE(testing::Eventually([&] { return log->Head().ok(); }));
  }
  // It says so.
  void EpochIsAnnounced() {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream("ledger");
    auto* event = append->add_events();
    event->set_branch("hq");
    event->set_event("epoch_started");
    event->set_schema_version(1);
    event->mutable_data()->PackFrom(
        testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 }"));
    const auto appended = ledger_.ClientOf("ledger")->Append(request);
    ASSERT_TRUE(appended.ok()) << appended.status();
    ASSERT_TRUE(running_.runner.WaitFor(appended->receipt().last_position()).ok());
  }

  SystemClock clock_;
  testing::TestLedger ledger_{clock_};
  ledger::LedgerClient log_{ledger_.address(), testing::TokenOf("sync")};
  ledger::LedgerClient decision_log_{ledger_.address(), testing::TokenOf("decision")};
  testing::RunningViews<Views> running_{log_};
  std::optional<Planner> planner_;
};

TEST_F(PlannerTest, SaysWhatToDoAboutACommitThatIsNoRelease) {
  hq_.Put("site/data.json", "{");
  hq_.Commit();
  const auto created = Create("main");
  EXPECT_EQ(created.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(created.status()), "COMMIT_UNFIT");
  EXPECT_THAT(std::string(created.status().message()), HasSubstr("data.json"));
  const auto too_long = Create(std::string(201, 'a'));
  EXPECT_EQ(too_long.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReasonOf(too_long.status()), "INVALID_FIELD");
}

TEST_F(PlannerTest, PlansWhatEachCellWillSee) {
  Append<SyncPlan>(log_, "", kPlan);
  const auto release_id = ReleaseOf(Page({{3, "HQ line"}}));
  const auto planned = Plan(release_id);
  ASSERT_TRUE(planned.ok()) << planned.status();
  const auto& plan = planned->plan();
  ASSERT_EQ(plan.waves_size(), 2);
  EXPECT_THAT(plan.waves(0).cells(), ElementsAre("papafly"));
  EXPECT_THAT(plan.waves(1).cells(), ElementsAre("koosy"));
  ASSERT_EQ(plan.cells_size(), 2);
  // Neither has a base, so what differs is a conflict (architecture §5).
  EXPECT_EQ(plan.cells(1).expectation(), v1::EXPECTATION_CONFLICT);
  EXPECT_THAT(plan.cells(1).conflicts(), ElementsAre("index.html"));
  EXPECT_EQ(plan.cells(1).cell_head(), cell_.Git("rev-parse HEAD"));

  // The plan that was answered is the plan that is frozen, and the event names it.
  Session session(log_, CommandMeta());
  const auto state = session.Load<Rollout>(planned->rollout_id());
  ASSERT_TRUE(state.ok()) << state.status();
  EXPECT_EQ(state->phase, v1::ROLLOUT_PHASE_PLANNED);
  EXPECT_EQ(state->planned.max_retries(), 3u);
  const auto blob = log_.GetBlob(state->planned.plan_sha256());
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_EQ(blob->size(), state->planned.plan_size());
  EXPECT_EQ(*blob, plan.SerializeAsString());
}

TEST_F(PlannerTest, ACellThatAdoptsAReleaseGetsADiff) {
  Append<SyncPlan>(log_, "", kPlan);
  hq_.Put("site/index.html", Page());
  const auto seed = Create("release-0");
  ASSERT_TRUE(seed.ok()) << seed.status();
  Append<decision::Cell>(decision_log_, "koosy",
                         R"(cell_changed { cell { id: "koosy" repo: ")" + cell_.path() +
                             R"(" tier: "standard" adopt: "release-0" } })");
  const auto planned = Plan(ReleaseOf(Page({{3, "HQ line"}})));
  ASSERT_TRUE(planned.ok()) << planned.status();
  const auto& koosy = planned->plan().cells(1);
  EXPECT_EQ(koosy.base_release_id(), seed->release_id());
  EXPECT_EQ(koosy.expectation(), v1::EXPECTATION_PULL_REQUEST);
  EXPECT_THAT(koosy.diff(), HasSubstr("+HQ line"));
}

TEST_F(PlannerTest, RefusesWhatCannotBePlanned) {
  EXPECT_EQ(ReasonOf(Plan("r-0123456789ab").status()), "NO_SUCH_RELEASE");
  EXPECT_EQ(Plan("").status().code(), absl::StatusCode::kNotFound);
  const auto release_id = ReleaseOf(Page({{3, "HQ line"}}));
  EXPECT_EQ(ReasonOf(Plan(release_id).status()), "NO_SYNC_PLAN");
  Append<SyncPlan>(log_, "", kPlan);
  Append<decision::CellLock>(decision_log_, "papafly", R"(cell_locked { reason: "x" })");
  EXPECT_EQ(ReasonOf(Plan(release_id).status()), "NO_CANARY");
  Append<decision::CellLock>(decision_log_, "papafly", R"(cell_unlocked { reason: "x" })");
  EXPECT_TRUE(Plan(release_id).ok());
  Append<sync::Release>(log_, release_id, R"(release_quarantined { reason: "bad" })");
  const Status refused = Plan(release_id).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(refused), "QUARANTINED");
}

TEST_F(PlannerTest, TheSameContentIsTheSameRelease) {
  const auto release_id = ReleaseOf(Page({{3, "HQ line"}}));
  const Position head = HeadPosition();
  EXPECT_EQ(ReleaseOf(Page({{3, "HQ line"}})), release_id) << "another commit of the same content";
  EXPECT_EQ(HeadPosition(), head) << "and nothing was written";
  EXPECT_EQ(Create("no-such-ref").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Create(std::string(201, 'x')).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(PlannerTest, ARepeatedCreateReleaseGetsItsFirstAnswer) {
  hq_.Put("site/index.html", Page({{3, "first"}}));
  hq_.Commit();
  const auto first = Create("main", Command("c-1", "main"));
  ASSERT_TRUE(first.ok()) << first.status();
  hq_.Put("site/index.html", Page({{3, "second"}}));
  hq_.Commit();  // The branch has moved on.
  const auto again = Create("main", Command("c-1", "main"));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->ShortDebugString(), first->ShortDebugString());
  EXPECT_EQ(Create("other", Command("c-1", "other")).status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_NE(Create("main", Command("c-2", "main"))->release_id(), first->release_id());
}

TEST_F(PlannerTest, ARepeatedPlanRolloutGetsItsFirstAnswer) {
  Append<SyncPlan>(log_, "", kPlan);
  const auto release_id = ReleaseOf(Page({{3, "HQ line"}}));
  const auto first = Plan(release_id, Command("p-1", release_id));
  ASSERT_TRUE(first.ok()) << first.status();
  // Meanwhile the cell moved on, a cell came and the release went bad.
  cell_.Put("own.html", "the cell's");
  cell_.Commit();
  Register("gohsy", "standard");
  Append<sync::Release>(log_, release_id, R"(release_quarantined { reason: "bad" })");
  const auto again = Plan(release_id, Command("p-1", release_id));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Plan("r-other", Command("p-1", "r-other")).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST_F(PlannerTest, APlanOnViewsOfALifeThatWasGivenUpIsNotFrozen) {
  Append<SyncPlan>(log_, "", kPlan);
  const auto release_id = ReleaseOf(Page({{3, "HQ line"}}));
  ASSERT_TRUE(running_.runner.WaitFor(HeadPosition()).ok());
  ASSERT_NO_FATAL_FAILURE(LedgerIsRestored());
  const Position before = HeadPosition();
  const Status refused = Plan(release_id).status();
  EXPECT_EQ(ReasonOf(refused), "DIVERGED") << refused << ": no view is behind the head";
  EXPECT_EQ(HeadPosition(), before);
  ASSERT_NO_FATAL_FAILURE(EpochIsAnnounced());
  EXPECT_TRUE(Plan(release_id).ok());
}

TEST_F(PlannerTest, AnAppendNamesTheLedgerAndItsEpoch) {
  const auto commit_in = [this](const ledger::v1::Cursor& life) {
    const CommandMeta meta;
    Session session(log_, meta);
    session.RequireLife(life);
    session.Stage<SyncPlan>("", {testing::Text<SyncPlan::Event>(kPlan)});
    return session.Commit().status();
  };
  const auto now = log_.Head()->head();
  auto life = now;
  life.set_log_id("another");
  EXPECT_EQ(ReasonOf(commit_in(life)), "DIVERGED") << "every new ledger begins with epoch 1";
  life = now;
  life.set_epoch(0);
  const Status unknown = commit_in(life);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kUnavailable) << "which means any life";
  EXPECT_EQ(ReasonOf(unknown), "LIFE_UNKNOWN");
  EXPECT_EQ(HeadPosition(), now.position());
  EXPECT_TRUE(commit_in(now).ok());
}

// The same through the door.
class SyncDoorTest : public PlannerTest {
 protected:
  void SetUp() override {
    PlannerTest::SetUp();
    api_.emplace(log_, *planner_, commands_, running_.views, running_.runner, door_, kWatchesMax);
    server_ = *rpc::Server::Start("127.0.0.1:0", {&*api_}, [] { return true; });
    serving_ = std::jthread([this](std::stop_token stop) { server_->Run(stop); });
    stub_ = v1::SyncService::NewStub(rpc::Connect("127.0.0.1:" + std::to_string(server_->port())));
  }

  Status Apply(const std::string& order, bool is_dry_run, v1::ApplyFileResponse& response) {
    grpc::ClientContext context;
    rpc::Prepare(context, testing::TokenOf("ann"), std::chrono::seconds(30));
    v1::ApplyFileRequest request;
    request.set_path("sync/sync-plan.json");
    request.set_content(R"({"strategy":"canary","tiers":["canary","standard"],"order":)" + order +
                        R"(,"onFailure":"halt","maxRetries":3})");
    request.set_dry_run(is_dry_run);
    response.Clear();
    return rpc::FromGrpc(stub_->ApplyFile(&context, request, &response));
  }

  // One watcher; whether he is let in shows when it is made.
  struct OpenWatch {
    OpenWatch(v1::SyncService::Stub& stub, const std::string& rollout_id,
              const std::string& principal) {
      rpc::Prepare(context, testing::TokenOf(principal), std::chrono::seconds(60));
      v1::WatchRolloutRequest request;
      request.set_rollout_id(rollout_id);
      reader = stub.WatchRollout(&context, request);
      is_in = reader->Read(&seen);
    }
    ~OpenWatch() { static_cast<void>(End()); }
    Status End() {
      if (!reader) return absl::OkStatus();
      if (is_in) context.TryCancel();
      return rpc::FromGrpc(std::exchange(reader, nullptr)->Finish());
    }

    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchRolloutResponse>> reader;
    v1::WatchRolloutResponse seen;
    bool is_in = false;
  };

  static constexpr std::size_t kWatchesMax = 4;  // Two by one caller.

  DecisionClient court_{"127.0.0.1:1", "never asked"};
  Commands commands_{log_, court_, running_.views, running_.runner};
  rpc::Principals principals_ =
      *rpc::Principals::Parse("principals.json", testing::PrincipalsJson());
  runtime::Metrics metrics_;
  rpc::Door door_{principals_, clock_, metrics_};
  std::optional<SyncApi> api_;
  std::unique_ptr<rpc::Server> server_;
  std::jthread serving_;
  std::unique_ptr<v1::SyncService::Stub> stub_;
};

TEST_F(SyncDoorTest, AnOrderThatGoesBeforeACanaryIsRefusedAsAWhole) {
  v1::ApplyFileResponse response;
  for (const bool is_dry_run : {true, false}) {
    const Status refused = Apply(R"(["koosy","papafly","*"])", is_dry_run, response);
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << refused;
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("sync/sync-plan.json: $.order: puts koosy (standard) before the canary"));
  }
  EXPECT_EQ(HeadPosition(), 2u) << "the two cells, nothing else";
}

TEST_F(SyncDoorTest, AppliesOnceAndNothingInADryRun) {
  v1::ApplyFileResponse response;
  const std::string order = R"(["papafly","koosy","*"])";
  Status applied = Apply(order, /*is_dry_run=*/true, response);
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.position(), 0u);
  applied = Apply(order, /*is_dry_run=*/false, response);
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_EQ(response.changes_size(), 1);
  EXPECT_EQ(response.position(), 3u);
  applied = Apply(order, /*is_dry_run=*/false, response);
  ASSERT_TRUE(applied.ok()) << applied;
  EXPECT_EQ(response.changes_size(), 0);
  EXPECT_EQ(response.position(), 0u) << "no change";
}

TEST_F(SyncDoorTest, OneMoreWatchThanMayBeIsRefusedAndTheOthersGoOn) {
  Append<SyncPlan>(log_, "", kPlan);
  const auto planned = Plan(ReleaseOf(Page({{3, "HQ line"}})));
  ASSERT_TRUE(planned.ok()) << planned.status();
  ASSERT_TRUE(running_.runner.WaitFor(HeadPosition()).ok());
  const std::string& id = planned->rollout_id();
  const auto expect_too_many = [&](const std::string& principal) {
    OpenWatch refused(*stub_, id, principal);
    ASSERT_FALSE(refused.is_in);
    const Status ended = refused.End();
    EXPECT_EQ(ended.code(), absl::StatusCode::kResourceExhausted) << ended;
    EXPECT_EQ(ReasonOf(ended), "TOO_MANY_STREAMS");
  };
  auto first = std::make_unique<OpenWatch>(*stub_, id, "ann");
  OpenWatch second(*stub_, id, "ann");
  ASSERT_TRUE(first->is_in && second.is_in);
  expect_too_many("ann");  // Ann has half of them.
  const OpenWatch third(*stub_, id, "audrey");
  const OpenWatch fourth(*stub_, id, "audrey");
  ASSERT_TRUE(third.is_in && fourth.is_in);
  expect_too_many("billing");  // All are taken.

  Append<Rollout>(log_, id, "rollout_started {}");
  while (second.seen.rollout().phase() != v1::ROLLOUT_PHASE_RUNNING)
    ASSERT_TRUE(second.reader->Read(&second.seen)) << second.seen.ShortDebugString();
  first.reset();
  EXPECT_TRUE(testing::Eventually([&] { return OpenWatch(*stub_, id, "billing").is_in; }));
}

}  // namespace
}  // namespace hq::sync
