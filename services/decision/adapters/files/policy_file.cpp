#include "services/decision/adapters/files/policy_file.hpp"

#include <algorithm>
#include <set>

#include "common/config/strict_json.hpp"
#include "services/decision/core/policy.hpp"

namespace hq::decision {
namespace {

constexpr std::size_t kRulesMax = 200;
constexpr std::size_t kDescriptionBytesMax = 1000;

const std::vector<v1::Enforcement> kEnforcements = {v1::ENFORCEMENT_REJECT, v1::ENFORCEMENT_BLOCK,
                                                    v1::ENFORCEMENT_ABORT, v1::ENFORCEMENT_AUDIT,
                                                    v1::ENFORCEMENT_WARN};

std::vector<std::string> EnforcementNames() {
  std::vector<std::string> names;
  for (const auto enforcement : kEnforcements) names.push_back(NameOf(enforcement));
  return names;
}

bool IsRuleId(std::string_view id) {
  return id.size() <= 63 && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

Result<v1::PolicyRule> ReadRule(std::string_view file, const std::string& path,
                                const config::Value& value) {
  config::ObjectReader reader(file, path, value);
  v1::PolicyRule rule;
  rule.set_id(reader.String("id"));
  if (!IsRuleId(rule.id())) reader.Fault("id", "must be ^[a-z0-9-]{1,63}$");
  rule.set_description(reader.String("description", ""));
  if (rule.description().size() > kDescriptionBytesMax)
    reader.Fault("description", "must have at most 1000 bytes");
  const std::string name = reader.OneOf("enforcement", EnforcementNames());
  for (const auto enforcement : kEnforcements)
    if (NameOf(enforcement) == name) rule.set_enforcement(enforcement);
  HQ_RETURN_IF_ERROR(reader.Done());
  return rule;
}

}  // namespace

Result<v1::PolicyApplied> ParsePolicyFile(std::string_view file, std::string_view text) {
  HQ_ASSIGN_OR_RETURN(const auto root, config::ParseStrict(file, text));
  config::ObjectReader reader(file, "$", root);
  const config::Value* rules = reader.Array("rules", true);
  HQ_RETURN_IF_ERROR(reader.Done());
  if (rules->items.size() > kRulesMax)
    return config::FileFault(file, "$.rules", "more than 200 rules");

  v1::PolicyApplied policy;
  std::set<std::string> ids;
  for (std::size_t i = 0; i < rules->items.size(); ++i) {
    const std::string path = "$.rules[" + std::to_string(i) + "]";
    HQ_ASSIGN_OR_RETURN(auto rule, ReadRule(file, path, rules->items[i]));
    if (!ids.insert(rule.id()).second)
      return config::FileFault(file, path + ".id", "this rule stands here twice");
    *policy.add_rules() = std::move(rule);
  }
  return policy;
}

}  // namespace hq::decision
