#include "services/decision/core/policy.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "common/base/ids.hpp"
#include "services/decision/core/inputs.hpp"

namespace hq::decision {
namespace {

constexpr std::array kWhitepaperRules = {Policy::kNoDirectPush, Policy::kCanaryFirst,
                                         Policy::kLedgerMandatory};

void AddRule(v1::PolicyApplied& policy, std::string_view id, const char* description,
             v1::Enforcement enforcement) {
  auto* rule = policy.add_rules();
  rule->set_id(std::string(id));
  rule->set_description(description);
  rule->set_enforcement(enforcement);
}

const v1::PolicyRule* FindRule(const v1::PolicyApplied& policy, std::string_view id) {
  const auto& rules = policy.rules();
  const auto it =
      std::find_if(rules.begin(), rules.end(), [&](const auto& rule) { return rule.id() == id; });
  return it == rules.end() ? nullptr : &*it;
}

Status BadRule(const std::string& message) {
  return Refusal(absl::StatusCode::kInvalidArgument, message, "MALFORMED_POLICY",
                 "Mend the file and apply it again.");
}

bool IsSame(const v1::PolicyApplied& left, const v1::PolicyApplied& right) {
  return left.SerializeAsString() == right.SerializeAsString();
}

}  // namespace

Policy::State::State() {
  AddRule(policy, kNoDirectPush, "HQ never pushes to a cell's own branches",
          v1::ENFORCEMENT_REJECT);
  AddRule(policy, kCanaryFirst, "Every release is verified on a canary first",
          v1::ENFORCEMENT_BLOCK);
  AddRule(policy, kLedgerMandatory, "Everything that is done is on the ledger",
          v1::ENFORCEMENT_ABORT);
}

Policy::State Policy::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kPolicyApplied:
      state.policy = event.policy_applied();
      state.is_applied = true;
      break;
    case Event::BODY_NOT_SET:  // Never folded: reading such an event is refused before.
      break;
  }
  return state;
}

std::string Policy::Branch(std::string_view) { return std::string(kHqBranch); }

Result<Policy::Events> Policy::Decide(const State& state, const v1::PolicyApplied& command,
                                      const CommandMeta&) {
  std::set<std::string> ids;
  for (const auto& rule : command.rules()) {
    if (rule.id().empty()) return BadRule("a rule has no id");
    if (rule.enforcement() == v1::ENFORCEMENT_UNSPECIFIED ||
        !v1::Enforcement_IsValid(rule.enforcement()))
      return BadRule("rule " + Shown(rule.id()) + " has no enforcement");
    if (!ids.insert(rule.id()).second)
      return BadRule("rule " + Shown(rule.id()) + " stands here twice");
  }
  for (const std::string_view id : kWhitepaperRules)
    if (!ids.contains(std::string(id)))
      return Refusal(absl::StatusCode::kInvalidArgument,
                     "rule " + Shown(id) + " must not be dropped", "RULE_DROPPED",
                     "Put the rule back; to watch it without refusing, enforce it by \"audit\".");
  if (state.is_applied && IsSame(state.policy, command)) return Events{};
  Events events(1);
  *events[0].mutable_policy_applied() = command;
  return events;
}

std::vector<std::string> Policy::Describe(const State& before, const Event& event) {
  std::vector<std::string> lines;
  const auto& after = event.policy_applied();
  for (const auto& rule : after.rules()) {
    const std::string name = "rule " + rule.id() + ": ";
    const auto* was = FindRule(before.policy, rule.id());
    if (!was) {
      lines.push_back(name + "added, " + NameOf(rule.enforcement()));
    } else if (was->enforcement() != rule.enforcement()) {
      lines.push_back(name + NameOf(was->enforcement()) + " -> " + NameOf(rule.enforcement()));
    } else if (was->description() != rule.description()) {
      lines.push_back(name + "description changed");
    }
    if (!IsEvaluated(rule.id())) lines.push_back(name + "kept, but nothing evaluates it yet");
  }
  for (const auto& rule : before.policy.rules())
    if (!FindRule(after, rule.id())) lines.push_back("rule " + rule.id() + ": removed");
  if (lines.empty())
    lines.emplace_back(before.is_applied ? "rules: put in another order"
                                         : "rules: confirmed as they are");
  return lines;
}

bool Policy::IsEvaluated(std::string_view rule_id) {
  return std::find(kWhitepaperRules.begin(), kWhitepaperRules.end(), rule_id) !=
         kWhitepaperRules.end();
}

bool Policy::Refuses(v1::Enforcement enforcement) {
  return enforcement != v1::ENFORCEMENT_AUDIT && enforcement != v1::ENFORCEMENT_WARN;
}

std::string NameOf(v1::Enforcement enforcement) {
  constexpr std::string_view kPrefix = "ENFORCEMENT_";
  std::string name = v1::Enforcement_Name(enforcement);
  name.erase(0, std::min(kPrefix.size(), name.size()));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return static_cast<char>(c - 'A' + 'a'); });
  return name;
}

}  // namespace hq::decision
