// Who is told of what, as a table: the whitepaper's rules, placeholders, the default route,
// machinery.
#include "services/notify/core/routing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hq::notify {
namespace {

using Targets = std::vector<std::string>;
using Channels = std::set<std::string>;

const Channels kWhitepaper = {"kakao:hq", "kakao:koosy", "slack:critical", "slack:ops"};

Targets TargetsOf(const std::vector<Recipient>& recipients) {
  Targets targets;
  for (const auto& recipient : recipients) targets.push_back(recipient.target);
  return targets;
}

std::vector<Recipient> Ask(const std::string& event, const std::string& branch,
                           const std::optional<Targets>& rule,
                           const Channels& channels = kWhitepaper, const std::string& owner = "") {
  return Resolve({event, branch, owner, "TXN-20260118-003"}, rule ? &*rule : nullptr, channels);
}

struct Row {
  std::string event;
  std::string branch;
  std::optional<Targets> rule;
  Targets told;
};

TEST(Routing, Table) {
  const std::vector<Row> rows = {
      // The whitepaper's five.
      {"deploy_failed",
       "koosy",
       Targets{"slack:critical", "kakao:hq"},
       {"slack:critical", "kakao:hq"}},
      {"conflict_detected", "koosy", Targets{"kakao:branch_owner"}, {"kakao:koosy"}},
      {"ledger_error", "hq", Targets{"slack:critical"}, {"slack:critical"}},
      {"cost_limit_exceeded",
       "koosy",
       Targets{"kakao:branch_owner", "slack:ops"},
       {"kakao:koosy", "slack:ops"}},
      {"kill_switch_activated",
       "hq",
       Targets{"slack:critical", "kakao:hq"},
       {"slack:critical", "kakao:hq"}},
      // Headquarters is its own owner.
      {"cost_limit_exceeded", "hq", Targets{"kakao:branch_owner"}, {"kakao:hq"}},
      // No rule: by severity.
      {"deploy_failed", "koosy", std::nullopt, {"slack:critical"}},
      {"cell_locked", "koosy", std::nullopt, {"slack:ops"}},
      {"rollout_completed", "hq", std::nullopt, {"slack:ops"}},
      // Machinery and names that nobody declares.
      {"wave_opened", "hq", std::nullopt, {}},
      {"rollout_fence_moved", "hq", std::nullopt, {}},
      {"llm_generate", "koosy", std::nullopt, {}},
      // A rule may ask for machinery, and for plain entries of anybody's.
      {"wave_opened", "hq", Targets{"slack:ops"}, {"slack:ops"}},
      {"oven_too_hot", "koosy", Targets{"kakao:branch_owner"}, {"kakao:koosy"}},
      // But never for what telling itself makes.
      {"effect_settled", "hq", Targets{"slack:ops"}, {}},
      {"recipient_unresolved", "hq", Targets{"slack:ops"}, {}},
  };
  for (const auto& row : rows) {
    const auto recipients = Ask(row.event, row.branch, row.rule);
    EXPECT_EQ(TargetsOf(recipients), row.told) << row.event << " at " << row.branch;
    for (const auto& recipient : recipients) EXPECT_FALSE(recipient.unresolved) << row.event;
  }
}

TEST(Routing, AnOwnerIsReachedUnderTheCellsIdOrTheirOwn) {
  const Channels channels = {"kakao:hq", "kakao:dimas", "slack:papafly"};
  EXPECT_EQ(TargetsOf(Ask("conflict_detected", "papafly", Targets{"kakao:branch_owner"}, channels,
                          "dimas")),
            Targets{"kakao:dimas"});
  EXPECT_EQ(TargetsOf(Ask("conflict_detected", "papafly", Targets{"slack:branch_owner"}, channels,
                          "dimas")),
            Targets{"slack:papafly"});
}

TEST(Routing, NobodyBehindAPlaceholderMeansHq) {
  const auto recipients = Ask("conflict_detected", "gohsy", Targets{"kakao:branch_owner"});
  ASSERT_EQ(TargetsOf(recipients), Targets{"kakao:hq"});
  ASSERT_TRUE(recipients[0].unresolved);
  EXPECT_EQ(recipients[0].unresolved->target(), "kakao:branch_owner");
  EXPECT_EQ(recipients[0].unresolved->branch(), "gohsy");
  EXPECT_EQ(recipients[0].unresolved->txn_id(), "TXN-20260118-003");
  EXPECT_EQ(recipients[0].unresolved->instead(), "kakao:hq");
}

TEST(Routing, IsNeverSilentWhileThereIsAnyChannel) {
  EXPECT_EQ(TargetsOf(Ask("deploy_failed", "koosy", Targets{"slack:gone"}, {"kakao:hq"})),
            Targets{"kakao:hq"});
  EXPECT_EQ(TargetsOf(Ask("deploy_failed", "koosy", std::nullopt, {"slack:ops"})),
            Targets{"slack:ops"});
  EXPECT_EQ(TargetsOf(Ask("deploy_failed", "koosy", std::nullopt, {"webhook:pager"})),
            Targets{"webhook:pager"});
  EXPECT_TRUE(Ask("deploy_failed", "koosy", std::nullopt, {}).empty());
}

TEST(Routing, TellsNobodyTwice) {
  const auto recipients =
      Ask("deploy_failed", "gohsy", Targets{"kakao:hq", "kakao:branch_owner", "slack:critical"});
  ASSERT_EQ(TargetsOf(recipients), (Targets{"kakao:hq", "slack:critical"}));
  EXPECT_TRUE(recipients[0].unresolved);
  EXPECT_FALSE(recipients[1].unresolved);
}

}  // namespace
}  // namespace hq::notify
