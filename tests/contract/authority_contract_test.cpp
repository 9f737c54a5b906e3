#include "tests/contract/event_log_contract.hpp"

namespace hq::testing {
namespace {

using absl::StatusCode;
using AuthorityContract = EventLogContract;

TEST_P(AuthorityContract, OutsidersAppendPlainEntriesOfTheirOwnCells) {
  EXPECT_TRUE(Append("llm-koosy", Request::Entry("koosy", "llm_generate")).ok());
  EXPECT_TRUE(Append("worker-koosy", Request::Entry("koosy", "pr_opened")).ok());
  EXPECT_TRUE(Append("ci", Request::Entry("papafly", "deploy")).ok());
  EXPECT_TRUE(Append("ann", Request::Entry("hq", "audit_held")).ok());
  ExpectRefused(Append("llm-koosy", Request::Entry("papafly", "llm_generate")).status(),
                StatusCode::kPermissionDenied, "NOT_YOUR_CELL");
  ExpectRefused(
      Append("llm-koosy", Request().Plain("entry-koosy", "papafly", "llm_generate")).status(),
      StatusCode::kPermissionDenied, "NOT_YOUR_CELL");
  EXPECT_EQ(All().size(), 4U);
}

TEST_P(AuthorityContract, WhoMayOnlyReadAppendsNothing) {
  for (const char* principal : {"owner-koosy", "audrey"})
    ExpectRefused(Append(principal, Request::Entry("koosy", "deploy")).status(),
                  StatusCode::kPermissionDenied);
  EXPECT_TRUE(All().empty());
}

TEST_P(AuthorityContract, OutsidersCannotSpeakWithAnAggregatesVoice) {
  ExpectRefused(Append("llm-koosy", Request::Entry("koosy", "kill_switch_released")).status(),
                StatusCode::kPermissionDenied);
  ExpectRefused(Append("ann", Request().Event("entry-hq", "hq", KillSwitchOn())).status(),
                StatusCode::kPermissionDenied);
  ExpectRefused(Append("ann", Request().Plain("rollout-1", "hq", "seen")).status(),
                StatusCode::kPermissionDenied);
  EXPECT_TRUE(All().empty());
}

TEST_P(AuthorityContract, OutsidersCannotNameAnotherActor) {
  ExpectRefused(
      Append("llm-koosy", Request::Entry("koosy", "deploy").For("ann", "hq_admin")).status(),
      StatusCode::kPermissionDenied, "ACTOR_NOT_CALLER");
  ExpectRefused(Append("llm-koosy", Request::Entry("koosy", "deploy").For("", "hq_admin")).status(),
                StatusCode::kPermissionDenied, "ACTOR_NOT_CALLER");
  EXPECT_TRUE(Append("llm-koosy", Request::Entry("koosy", "deploy").For("llm-koosy", "llm")).ok());
}

TEST_P(AuthorityContract, AServiceWritesItsOwnCategoriesOnly) {
  const auto kill = Request().Event("kill_switch-global", "hq", KillSwitchOn());
  EXPECT_TRUE(Append("decision", kill).ok());
  for (const char* principal : {"sync", "billing", "notify", "ledger"})
    ExpectRefused(Append(principal, kill).status(), StatusCode::kPermissionDenied);
  // Not even the own category takes another aggregate's event, or a plain entry.
  ExpectRefused(Append("sync", Request().Event("rollout-1", "hq", KillSwitchOn())).status(),
                StatusCode::kPermissionDenied);
  ExpectRefused(Append("sync", Request::Entry("koosy", "deploy")).status(),
                StatusCode::kPermissionDenied);
  ExpectRefused(Append("sync", Request().Plain("rollout-1", "hq", "seen")).status(),
                StatusCode::kInvalidArgument);
  ExpectRefused(Append("sync", Request().Event("unheard_of-1", "hq", KillSwitchOn())).status(),
                StatusCode::kPermissionDenied);
  EXPECT_EQ(All().size(), 1U);
}

TEST_P(AuthorityContract, AnAttemptOfSyncNeedsItsFences) {
  const std::vector<std::string> fences = {"kill_switch-global", "kill_switch-koosy",
                                           "cell_lock-koosy", "policy"};
  EXPECT_TRUE(Append("sync", Request().Event("sync_effect-1", "koosy", Intended())).ok());
  for (std::size_t missing = 0; missing < fences.size(); ++missing) {
    auto some = fences;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(missing));
    auto request = Request().Event("sync_effect-1", "koosy", Attempted(some));
    for (const auto& fence : fences) request.If(fence, 0);
    const auto unlisted = Append("sync", request);
    ExpectRefused(unlisted.status(), StatusCode::kFailedPrecondition);
    EXPECT_EQ(AdviceOf(unlisted.status()).reason, "FENCE_MISSING");

    request = Request().Event("sync_effect-1", "koosy", Attempted(fences));
    for (const auto& fence : some) request.If(fence, 0);
    ExpectRefused(Append("sync", request).status(), StatusCode::kFailedPrecondition);
  }
  auto request = Request().Event("sync_effect-1", "koosy", Attempted(fences));
  for (const auto& fence : fences) request.If(fence, 0);
  EXPECT_TRUE(Append("sync", request).ok());
  EXPECT_EQ(All().size(), 2U);
}

TEST_P(AuthorityContract, NoAttemptEntersOnceTheKillSwitchHasMoved) {
  const std::vector<std::string> fences = {"kill_switch-global", "kill_switch-koosy",
                                           "cell_lock-koosy", "policy"};
  ASSERT_TRUE(Append("decision", Request().Event("kill_switch-global", "hq", KillSwitchOn())).ok());
  auto request = Request().Event("sync_effect-1", "koosy", Attempted(fences));
  for (const auto& fence : fences) request.If(fence, 0);
  const auto response = Append("sync", request);
  ExpectRefused(response.status(), StatusCode::kAborted);
  EXPECT_EQ(AdviceOf(response.status()).reason, "CONDITION_MOVED");
}

TEST_P(AuthorityContract, AnAdminStopsEverythingWithTheLedgerAloneAndReleasesNothing) {
  const auto stop = Request().Event("kill_switch-global", "hq", KillSwitchOn());
  ExpectRefused(Append("llm-koosy", stop).status(), StatusCode::kPermissionDenied);
  ASSERT_TRUE(Append("ann", stop).ok());
  decision::v1::KillSwitchEvent released;
  released.mutable_kill_switch_released()->set_reason("out");
  ExpectRefused(Append("ann", Request().Event("kill_switch-global", "hq", released)).status(),
                StatusCode::kPermissionDenied);
  const auto records = All();
  ASSERT_EQ(records.size(), 1U);
  decision::v1::KillSwitchEvent event;
  ASSERT_TRUE(UnpackEvent(records[0].record.data(), event).ok());
  EXPECT_EQ(event.kill_switch_activated().actor(), "ann");
  EXPECT_EQ(event.kill_switch_activated().scope(), "global");
  EXPECT_EQ(records[0].record.actor(), "ann");
  EXPECT_EQ(records[0].record.producer(), "ann");
}

TEST_P(AuthorityContract, ADeliveryNeedsNoFences) {
  EXPECT_TRUE(Append("notify", Request()
                                   .Event("delivery-1", "koosy", Intended())
                                   .Event("delivery-1", "koosy", Attempted({})))
                  .ok());
  ExpectRefused(Append("notify", Request().Event("route", "hq", Intended())).status(),
                StatusCode::kPermissionDenied);
}

TEST_P(AuthorityContract, MalformedIsRefusedAsAWholeAndNamed) {
  auto request = Request::Entry("koosy", "deploy");
  request.Plain("entry-koosy", "koosy", "rm -rf >");
  const auto response = Append("ann", request);
  ExpectRefused(response.status(), StatusCode::kInvalidArgument);
  EXPECT_NE(std::string(response.status().message()).find("appends[0].events[1].event"),
            std::string::npos);
  EXPECT_TRUE(All().empty());
}

INSTANTIATE_TEST_SUITE_P(, AuthorityContract, AllHouses(), NameOfHouse);

}  // namespace
}  // namespace hq::testing
