#include "services/decision/core/kill_switch.hpp"

#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/decision/api/restore_hold.hpp"
#include "tests/support/fake_clock.hpp"
#include "tests/support/memory_event_log.hpp"
#include "tests/support/scenario.hpp"

namespace hq::decision {
namespace {

using KillSwitchTest = testing::Scenario<KillSwitch>;

const std::string kEngagedByAnn =
    R"(kill_switch_activated { scope: "global" reason: "fire" actor: "ann" })";
const std::string kReleased = R"(kill_switch_released { scope: "global" reason: "out" })";

v1::ActivateKillSwitchRequest Activate(const std::string& scope, const std::string& reason) {
  v1::ActivateKillSwitchRequest request;
  request.set_scope(scope);
  request.set_reason(reason);
  return request;
}

auto ReleaseBy(const std::string& actor, std::size_t admins, const std::string& role = "hq_admin",
               const std::string& reason = "out") {
  return [=](const KillSwitch::State& state) {
    CommandMeta meta;
    meta.actor = actor;
    meta.role = role;
    KillSwitch::Release command;
    command.request.set_scope("global");
    command.request.set_reason(reason);
    command.admins = admins;
    return KillSwitch::Decide(state, command, meta);
  };
}

TEST(KillSwitch, IsEngagedOnce) {
  KillSwitchTest().When(Activate("global", "fire"), "ann").Then({kEngagedByAnn});
  KillSwitchTest().Given({kEngagedByAnn}).When(Activate("global", "again"), "bob").Then({});
}

// Through the ledger an admin may engage what is engaged already.
TEST(KillSwitch, IsHeldByTheOneWhoEngagedItLast) {
  const std::string by_bob =
      R"(kill_switch_activated { scope: "global" reason: "more fire" actor: "bob" })";
  KillSwitchTest()
      .Given({kEngagedByAnn, by_bob})
      .WhenDecided(ReleaseBy("bob", 2))
      .ThenRefused(absl::StatusCode::kPermissionDenied);
  KillSwitchTest()
      .Given({kEngagedByAnn, by_bob})
      .WhenDecided(ReleaseBy("ann", 2))
      .Then({kReleased});
}

TEST(KillSwitch, NeedsAScopeAndAReason) {
  for (const char* scope : {"", "hq", "Koosy", "a b", "koosy>"})
    KillSwitchTest().When(Activate(scope, "fire")).ThenRefused(absl::StatusCode::kInvalidArgument);
  KillSwitchTest().When(Activate("koosy", "")).ThenRefused(absl::StatusCode::kInvalidArgument);
}

TEST(KillSwitch, IsReleasedByASecondPersonWhereThereIsOne) {
  KillSwitchTest()
      .Given({kEngagedByAnn})
      .WhenDecided(ReleaseBy("ann", 2))
      .ThenRefused(absl::StatusCode::kPermissionDenied);
  KillSwitchTest().Given({kEngagedByAnn}).WhenDecided(ReleaseBy("bob", 2)).Then({kReleased});
  KillSwitchTest().Given({kEngagedByAnn}).WhenDecided(ReleaseBy("ann", 1)).Then({kReleased});
}

TEST(KillSwitch, SecondPersonRuleTellsItsReason) {
  const auto state = KillSwitch::Fold({}, testing::Text<v1::KillSwitchEvent>(kEngagedByAnn));
  const auto refused = ReleaseBy("ann", 2)(state);
  EXPECT_EQ(AdviceOf(refused.status()).reason, "SECOND_PERSON_NEEDED");
}

TEST(KillSwitch, IsNeverReleasedByAMachine) {
  for (const char* role : {"llm", "worker", "service", "branch_owner", ""})
    KillSwitchTest()
        .Given({kEngagedByAnn})
        .WhenDecided(ReleaseBy("bot", 2, role))
        .ThenRefused(absl::StatusCode::kPermissionDenied);
}

TEST(KillSwitch, ReleaseNeedsAReasonAndRepeatsQuietly) {
  KillSwitchTest()
      .Given({kEngagedByAnn})
      .WhenDecided(ReleaseBy("bob", 2, "hq_admin", ""))
      .ThenRefused(absl::StatusCode::kInvalidArgument);
  KillSwitchTest().Given({kEngagedByAnn, kReleased}).WhenDecided(ReleaseBy("ann", 2)).Then({});
}

ledger::v1::EpochStarted RestoredTo(Position position) {
  ledger::v1::EpochStarted restore;
  restore.set_restored_to(position);
  return restore;
}

// The switch of a ledger that was restored, and of which nothing was released since.
struct HeldSwitch : KillSwitch {
  struct State : KillSwitch::State {
    State() : KillSwitch::State(FoldRestore({}, RestoredTo(20))) {}
  };
  static State Fold(State state, const Event& event) {
    static_cast<KillSwitch::State&>(state) = KillSwitch::Fold(state, event);
    return state;
  }
};
using HeldSwitchTest = testing::Scenario<HeldSwitch>;

TEST(KillSwitch, ARestoreIsReleasedByAnyOneAdminAndByNobodyElse) {
  for (const char* admin : {"ann", "bob"})
    HeldSwitchTest().WhenDecided(ReleaseBy(admin, 2)).Then({kReleased});
  for (const char* role : {"llm", "worker", "service", "branch_owner", ""})
    HeldSwitchTest()
        .WhenDecided(ReleaseBy("bot", 2, role))
        .ThenRefused(absl::StatusCode::kPermissionDenied);
  HeldSwitchTest().Given({kReleased}).WhenDecided(ReleaseBy("ann", 2)).Then({});
}

TEST(KillSwitch, ARestoreTakesNothingFromASwitchThatSomebodyEngaged) {
  HeldSwitchTest()
      .Given({kEngagedByAnn})
      .WhenDecided(ReleaseBy("ann", 2))
      .ThenRefused(absl::StatusCode::kPermissionDenied);
  HeldSwitchTest().Given({kEngagedByAnn}).WhenDecided(ReleaseBy("bob", 2)).Then({kReleased});
}

TEST(KillSwitch, IsEngagedAlsoWhileARestoreHoldsIt) {
  HeldSwitchTest().When(Activate("global", "fire"), "ann").Then({kEngagedByAnn});
}

TEST(KillSwitch, SaysOfARestoreWhatToDoBeforeTheRelease) {
  const std::string asked =
      "the ledger was restored to position 20: reconcile with the outside, then release";
  EXPECT_FALSE(KillSwitch::State().IsHolding());
  auto state = KillSwitch::FoldRestore({}, RestoredTo(20));
  EXPECT_TRUE(state.IsHolding());
  EXPECT_EQ(state.Why(), asked);
  state = KillSwitch::Fold(std::move(state), testing::Text<v1::KillSwitchEvent>(kEngagedByAnn));
  EXPECT_EQ(state.Why(), "fire; " + asked);
  state = KillSwitch::Fold(std::move(state), testing::Text<v1::KillSwitchEvent>(kReleased));
  EXPECT_FALSE(state.IsHolding());
  EXPECT_EQ(state.Why(), "");
}

// What the ledger says of restores and releases, as a verdict reads it.
class RestoreHold : public ::testing::Test {
 protected:
  void Append(const std::string& principal, const std::string& stream,
              const google::protobuf::Message& event) {
    ledger::v1::AppendRequest request;
    auto* append = request.add_appends();
    append->set_stream(stream);
    auto* added = append->add_events();
    added->set_branch("hq");
    added->set_event(EventNameOf(event));
    added->set_schema_version(1);
    added->mutable_data()->PackFrom(event);
    testing::MemoryEventLog log(memory_, {principal, "service", {}});
    const auto appended = log.Append(request);
    ASSERT_TRUE(appended.ok()) << appended.status();
  }
  void Restore() {
    Append(
        "ledger", "ledger",
        testing::Text<ledger::v1::LedgerEvent>("epoch_started { from_epoch: 1 restored_to: 7 }"));
  }
  void Switch(const std::string& scope, const std::string& text) {
    Append("decision", "kill_switch-" + scope, testing::Text<v1::KillSwitchEvent>(text));
  }
  std::string Why() {
    testing::MemoryEventLog log(memory_, {"decision", "service", {}});
    KillSwitch::State state;
    EXPECT_EQ(FoldRestoreThatHolds(log, state), absl::OkStatus());
    return state.Why();
  }

  testing::FakeClock clock_;
  testing::MemoryLedger memory_{clock_};
};

TEST_F(RestoreHold, LastsFromARestoreUntilTheReleaseBehindIt) {
  const std::string held =
      "the ledger was restored to position 7: reconcile with the outside, then release";
  EXPECT_EQ(Why(), "") << "a ledger's first life is restored from none";
  Append("ledger", "ledger",
         testing::Text<ledger::v1::LedgerEvent>("backup_completed { position: 1 }"));
  Switch("global", kReleased);
  EXPECT_EQ(Why(), "");
  Restore();
  EXPECT_EQ(Why(), held) << "the release stands before it";
  Switch("koosy", R"(kill_switch_released { scope: "koosy" reason: "out" })");
  Switch("global", kEngagedByAnn);
  EXPECT_EQ(Why(), held) << "neither is a release of the global switch";
  Switch("global", kReleased);
  EXPECT_EQ(Why(), "");
  Restore();
  EXPECT_EQ(Why(), held) << "each restore holds anew";
}

TEST(KillSwitch, GlobalRecordsAreHeadquartersOwn) {
  EXPECT_EQ(KillSwitch::Branch("global"), "hq");
  EXPECT_EQ(KillSwitch::Branch("koosy"), "koosy");
  EXPECT_EQ(StreamOf<KillSwitch>("global"), "kill_switch-global");
}

}  // namespace
}  // namespace hq::decision
