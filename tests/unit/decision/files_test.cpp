// The registry's files: what they say, and what is refused with file and path.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/decision/adapters/files/branches_file.hpp"
#include "services/decision/adapters/files/decision_engine_file.hpp"
#include "services/decision/adapters/files/policy_file.hpp"

namespace hq::decision {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kFile = "registry/branches.json";

// The whitepaper's own examples.
constexpr char kOneCell[] = R"({
  "id": "papafly", "repo": "dtslib1979/papafly", "domain": "papafly.dtslib.com",
  "visibility": "incubation", "hqProtocolVersion": "2.1", "tier": "canary", "owner": "dimas",
  "maintenanceMode": false })";
constexpr char kFleet[] = R"({
  "hqVersion": "2.1",
  "migration": {"from": "2.0", "script": "migrations/v2-to-v21.js", "deprecateAfterDays": 7},
  "branches": [ {"id": "koosy", "repo": "github.com/dtslib/koosy", "domain": "koosy.dtslib.com",
    "visibility": "public", "hqProtocolVersion": "2.0", "tier": "standard"} ] })";

// One cell with `fields` instead of, or besides, the fields that a cell must have.
std::string CellWith(std::map<std::string, std::string> fields) {
  fields.insert({{"id", R"("koosy")"},
                 {"repo", R"("dtslib/koosy")"},
                 {"domain", R"("koosy.dtslib.com")"},
                 {"visibility", R"("public")"}});
  std::string text;
  for (const auto& [name, value] : fields)
    if (!value.empty()) text += (text.empty() ? "" : ", ") + ("\"" + name + "\": ") + value;
  return "{" + text + "}";
}

template <class Parsed>
void ExpectFault(const Result<Parsed>& parsed, const std::string& place) {
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument) << place;
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr(place));
}

TEST(BranchesFile, ReadsOneCell) {
  const auto file = BranchesFile::Parse(kFile, kOneCell);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->cells.size(), 1u);
  const ApplyCell& cell = file->cells[0];
  EXPECT_EQ(cell.entry.id(), "papafly");
  EXPECT_EQ(cell.entry.repo(), "github.com/dtslib1979/papafly");
  EXPECT_EQ(cell.entry.tier(), "canary");
  EXPECT_EQ(cell.entry.owner(), "dimas");
  EXPECT_TRUE(cell.entry.auto_merge_revert());
  EXPECT_FALSE(cell.enters_maintenance);
  EXPECT_EQ(cell.path, "$");
}

TEST(BranchesFile, ReadsAFleet) {
  const auto file = BranchesFile::Parse(kFile, kFleet);
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_EQ(file->cells.size(), 1u);
  EXPECT_EQ(file->cells[0].entry.hq_protocol_version(), "2.0");
  EXPECT_EQ(file->cells[0].path, "$.branches[0]");
}

TEST(BranchesFile, KnowsHqsOwnFields) {
  const auto file = BranchesFile::Parse(kFile, CellWith({{"tier", R"("premium")"},
                                                         {"billingTier", R"("standard")"},
                                                         {"maintenanceMode", "true"},
                                                         {"retired", "true"},
                                                         {"autoMergeRevert", "false"},
                                                         {"adopt", R"("r-0123456789ab")"}}));
  ASSERT_TRUE(file.ok()) << file.status();
  const ApplyCell& cell = file->cells[0];
  EXPECT_EQ(cell.entry.billing_tier(), "standard");
  EXPECT_EQ(cell.entry.adopt(), "r-0123456789ab");
  EXPECT_FALSE(cell.entry.auto_merge_revert());
  EXPECT_TRUE(cell.enters_maintenance);
  EXPECT_TRUE(cell.retires);
}

TEST(BranchesFile, ACellWithoutTierStartsInIncubation) {
  EXPECT_EQ(BranchesFile::Parse(kFile, CellWith({}))->cells[0].entry.tier(), "incubation");
}

TEST(BranchesFile, NamesTheFaultyField) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {"id", ""},
      {"id", "7"},
      {"id", R"("Koosy")"},
      {"id", R"("hq")"},
      {"id", R"("global")"},
      {"id", R"("a b")"},
      {"repo", ""},
      {"repo", R"("koosy")"},
      {"repo", "[]"},
      {"domain", R"("koosy_.dtslib.com")"},
      {"domain", R"("https://koosy.dtslib.com")"},
      {"domain", R"("-koosy.dtslib.com")"},
      {"domain", R"("koosy..com")"},
      {"visibility", R"("secret")"},
      {"visibility", ""},
      {"hqProtocolVersion", "2.1"},
      {"hqProtocolVersion", R"("two")"},
      {"tier", R"("gold")"},
      {"billingTier", R"("gold")"},
      {"owner", R"("Dimas Lee")"},
      {"owner", R"("")"},
      {"maintenanceMode", R"("true")"},
      {"retired", "1"},
      {"autoMergeRevert", "null"},
      {"adopt", R"("--force")"},
      {"tires", R"("standard")"},
  };
  for (const auto& [field, value] : faults)
    ExpectFault(BranchesFile::Parse(kFile, CellWith({{field, value}})), kFile + ": $." + field);
}

TEST(BranchesFile, ACanaryMayNotOptOutOfReverts) {
  ExpectFault(
      BranchesFile::Parse(kFile, CellWith({{"tier", R"("canary")"}, {"autoMergeRevert", "false"}})),
      "$.autoMergeRevert");
}

TEST(BranchesFile, RefusesTwoCellsInOnePlace) {
  const auto fleet = [](const std::string& second) {
    return BranchesFile::Parse(kFile, R"({"branches": [)" + CellWith({}) + "," + second + "]}");
  };
  ExpectFault(fleet(CellWith({})), "$.branches[1].id");
  ExpectFault(fleet(CellWith({{"id", R"("two")"}})), "$.branches[1].repo");
  ExpectFault(fleet(CellWith({{"id", R"("two")"}, {"repo", R"("dtslib/two")"}})),
              "$.branches[1].domain");
  EXPECT_TRUE(fleet(CellWith({{"id", R"("two")"},
                              {"repo", R"("dtslib/two")"},
                              {"domain", R"("two.dtslib.com")"}}))
                  .ok());
}

TEST(BranchesFile, RefusesMalformedFiles) {
  for (const char* text : {"", "[]", "{", R"({"branches": {}})", R"({"branches": [], "x": 1})",
                           R"({"branches": [], "branches": []})", R"({"branches": [7]})",
                           R"({"branches": [], "migration": {"from": "2.0"}})",
                           R"({"branches": [], "hqVersion": 2.1})", R"({"branches": [],})"})
    ExpectFault(BranchesFile::Parse(kFile, text), kFile);
}

TEST(BranchesFile, RefusesSecrets) {
  ExpectFault(BranchesFile::Parse(
                  kFile, CellWith({{"repo", R"("https://ann:secret@github.com/dtslib/koosy")"}})),
              "$.repo");
}

TEST(PolicyFile, ReadsTheWhitepapers) {
  const auto policy = ParsePolicyFile("registry/policy.json", R"({"rules": [
    {"id": "no-direct-push", "description": "HQ는 직접 push할 수 없다", "enforcement": "reject"},
    {"id": "canary-first", "enforcement": "block"},
    {"id": "ledger-mandatory", "enforcement": "abort"},
    {"id": "x", "enforcement": "audit"}, {"id": "y", "enforcement": "warn"}]})");
  ASSERT_TRUE(policy.ok()) << policy.status();
  ASSERT_EQ(policy->rules_size(), 5);
  EXPECT_EQ(policy->rules(1).enforcement(), v1::ENFORCEMENT_BLOCK);
  EXPECT_EQ(policy->rules(4).enforcement(), v1::ENFORCEMENT_WARN);
}

TEST(PolicyFile, NamesTheFault) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {R"({})", "$.rules"},
      {R"({"rules": [{"id": "x"}]})", "$.rules[0].enforcement"},
      {R"({"rules": [{"id": "x", "enforcement": "maybe"}]})", "$.rules[0].enforcement"},
      {R"({"rules": [{"id": "X", "enforcement": "warn"}]})", "$.rules[0].id"},
      {R"({"rules": [{"enforcement": "warn"}]})", "$.rules[0].id"},
      {R"({"rules": [{"id": "x", "enforcement": "warn"}, {"id": "x", "enforcement": "warn"}]})",
       "$.rules[1].id"},
      {R"({"rules": [], "more": 1})", "$.more"},
  };
  for (const auto& [text, place] : faults)
    ExpectFault(ParsePolicyFile("policy.json", text), "policy.json: " + place);
}

TEST(DecisionEngineFile, ReadsBothOfTheWhitepapers) {
  const auto plain = DecisionEngineFile::Parse("decision-engine.json", R"({
    "killSwitch": false,
    "modes": {"physical": {"priority": 1, "requiresHuman": true},
              "rag": {"priority": 2, "source": "hq-knowledge-base"},
              "llm": {"priority": 3, "model": "claude"},
              "ontology": {"priority": 4, "ruleset": "ontology-schema.json"}},
    "fallbackChain": ["ontology", "llm", "rag", "physical"]})");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_FALSE(plain->engages_kill_switch);
  const auto extended = DecisionEngineFile::Parse("decision-engine.json", R"({
    "killSwitch": true, "maintenanceMode": {"koosy": true, "papafly": false},
    "escalation": {"deployFailure": ["retry", "rollback", "hq_admin"],
                   "llmError": ["rag", "physical", "hq_admin"]}})");
  ASSERT_TRUE(extended.ok()) << extended.status();
  EXPECT_TRUE(extended->engages_kill_switch);
  EXPECT_THAT(extended->cells_into_maintenance, ElementsAre("koosy"));
}

TEST(DecisionEngineFile, NamesTheFault) {
  const std::vector<std::pair<std::string, std::string>> faults = {
      {R"({"killSwitch": "false"})", "$.killSwitch"},
      {R"({"maintenanceMode": {"koosy": 1}})", "$.maintenanceMode.koosy"},
      {R"({"maintenanceMode": {"Koosy": true}})", "$.maintenanceMode.Koosy"},
      {R"({"fallbackChain": ["physical", "llm"]})", "$.fallbackChain[1]"},
      {R"({"fallbackChain": []})", "$.fallbackChain"},
      {R"({"fallbackChain": ["oracle", "physical"]})", "$.fallbackChain[0]"},
      {R"({"fallbackChain": ["llm", "llm", "physical"]})", "$.fallbackChain[1]"},
      {R"({"modes": {"oracle": {"priority": 1}}})", "$.modes.oracle"},
      {R"({"modes": {"llm": {"priority": 1}, "rag": {"priority": 1}}})", "$.modes.rag.priority"},
      {R"({"modes": {"llm": {"priority": 1, "requiresHuman": true}}})",
       "$.modes.llm.requiresHuman"},
      {R"({"modes": {"physical": {"priority": 1}}, "fallbackChain": ["llm", "physical"]})",
       "$.fallbackChain[0]"},
      {R"({"escalation": {"deployFailure": ["pray"]}})", "$.escalation.deployFailure[0]"},
      {R"({"escalation": {"deployFailure": []}})", "$.escalation.deployFailure"},
      {R"({"escalation": {"meteor": ["hq_admin"]}})", "$.escalation.meteor"},
      {R"({"kill_switch": true})", "$.kill_switch"},
  };
  for (const auto& [text, place] : faults)
    ExpectFault(DecisionEngineFile::Parse("decision-engine.json", text),
                "decision-engine.json: " + place);
}

}  // namespace
}  // namespace hq::decision
