#include "services/decision/core/kill_switch.hpp"

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

TEST(KillSwitch, GlobalRecordsAreHeadquartersOwn) {
  EXPECT_EQ(KillSwitch::Branch("global"), "hq");
  EXPECT_EQ(KillSwitch::Branch("koosy"), "koosy");
  EXPECT_EQ(StreamOf<KillSwitch>("global"), "kill_switch-global");
}

}  // namespace
}  // namespace hq::decision
