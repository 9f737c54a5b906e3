#include "services/decision/core/policy.hpp"

#include "tests/support/scenario.hpp"

namespace hq::decision {
namespace {

using PolicyTest = testing::Scenario<Policy>;

const std::string kThree =
    R"(rules { id: "no-direct-push" enforcement: ENFORCEMENT_REJECT }
       rules { id: "canary-first" enforcement: ENFORCEMENT_BLOCK }
       rules { id: "ledger-mandatory" enforcement: ENFORCEMENT_ABORT })";
const std::string kExtra = R"( rules { id: "no-fridays" enforcement: ENFORCEMENT_WARN })";

v1::PolicyApplied Rules(const std::string& text) { return testing::Text<v1::PolicyApplied>(text); }

std::string Applied(const std::string& rules) { return "policy_applied { " + rules + " }"; }

TEST(Policy, IsTheWhitepapersUntilOneIsApplied) {
  const Policy::State state;
  const auto& rules = state.policy.rules();
  ASSERT_EQ(rules.size(), 3);
  EXPECT_EQ(rules[0].enforcement(), v1::ENFORCEMENT_REJECT);
  EXPECT_EQ(rules[1].enforcement(), v1::ENFORCEMENT_BLOCK);
  EXPECT_EQ(rules[2].enforcement(), v1::ENFORCEMENT_ABORT);
}

TEST(Policy, IsReplacedAsAWhole) {
  PolicyTest().When(Rules(kThree)).Then({Applied(kThree)});
  PolicyTest().Given({Applied(kThree)}).When(Rules(kThree)).Then({});
  PolicyTest()
      .Given({Applied(kThree)})
      .When(Rules(kThree + kExtra))
      .Then({Applied(kThree + kExtra)});
}

TEST(Policy, TheFirstOneIsRecordedEvenIfItSaysWhatHoldsAlready) {
  const auto same = Policy::State().policy;
  PolicyTest().When(same).Then({Applied(same.ShortDebugString())});
}

TEST(Policy, KeepsTheThreeRules) {
  for (const char* id : {"no-direct-push", "canary-first", "ledger-mandatory"}) {
    const v1::PolicyApplied three = Rules(kThree);
    v1::PolicyApplied two;
    for (const auto& rule : three.rules())
      if (rule.id() != id) *two.add_rules() = rule;
    const auto refused = Policy::Decide({}, two, {});
    EXPECT_EQ(refused.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(AdviceOf(refused.status()).reason, "RULE_DROPPED");
    EXPECT_THAT(std::string(refused.status().message()), ::testing::HasSubstr(id));
  }
}

TEST(Policy, RefusesMalformedRules) {
  for (const std::string bad :
       {R"( rules { enforcement: ENFORCEMENT_WARN })", R"( rules { id: "x" })",
        R"( rules { id: "canary-first" enforcement: ENFORCEMENT_WARN })"})
    PolicyTest()
        .When(Rules(kThree + bad))
        .ThenRefused(absl::StatusCode::kInvalidArgument, "MALFORMED_POLICY");
  v1::PolicyApplied unknown = Rules(kThree);
  unknown.mutable_rules(0)->set_enforcement(static_cast<v1::Enforcement>(77));
  PolicyTest().When(unknown).ThenRefused(absl::StatusCode::kInvalidArgument, "MALFORMED_POLICY");
}

TEST(Policy, SaysWhatChangesAndWhatNothingEvaluates) {
  const auto before = Policy::Fold({}, testing::Text<v1::PolicyEvent>(Applied(kThree)));
  v1::PolicyApplied weaker = Rules(kThree + kExtra);
  weaker.mutable_rules(1)->set_enforcement(v1::ENFORCEMENT_AUDIT);
  const auto events = Policy::Decide(before, weaker, {});
  EXPECT_EQ(
      Policy::Describe(before, events->front()),
      (std::vector<std::string>{"rule canary-first: block -> audit", "rule no-fridays: added, warn",
                                "rule no-fridays: kept, but nothing evaluates it yet"}));
}

TEST(Policy, AuditAndWarnRefuseNothing) {
  EXPECT_FALSE(Policy::Refuses(v1::ENFORCEMENT_AUDIT));
  EXPECT_FALSE(Policy::Refuses(v1::ENFORCEMENT_WARN));
  EXPECT_TRUE(Policy::Refuses(v1::ENFORCEMENT_REJECT));
  EXPECT_TRUE(Policy::Refuses(v1::ENFORCEMENT_BLOCK));
  EXPECT_TRUE(Policy::Refuses(v1::ENFORCEMENT_ABORT));
  EXPECT_TRUE(Policy::Refuses(v1::ENFORCEMENT_UNSPECIFIED));
}

}  // namespace
}  // namespace hq::decision
