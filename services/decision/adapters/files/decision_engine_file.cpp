#include "services/decision/adapters/files/decision_engine_file.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "common/config/strict_json.hpp"
#include "services/decision/core/inputs.hpp"

namespace hq::decision {
namespace {

using config::FileFault;
using config::ObjectReader;
using config::Value;

// A person: where every chain ends.
constexpr std::string_view kPhysical = "physical";
const std::vector<std::string> kModes = {"physical", "rag", "llm", "ontology"};
// The whitepaper's escalation matrix (§12) as steps.
const std::vector<std::string> kEscalations = {"deployFailure", "llmError", "ledgerError",
                                               "costOverrun"};
const std::vector<std::string> kEscalationSteps = {
    "retry",   "rollback",     "branch_lock", "rag",    "llm",     "ontology", "physical",
    "restore", "manual_audit", "auto_check",  "notify", "suspend", "throttle", "hq_admin"};

bool IsOneOf(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string ListOf(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

// Known words, none twice: a chain that comes back to where it was would never end.
Status CheckChain(std::string_view file, const std::string& path,
                  const std::vector<std::string>& chain, const std::vector<std::string>& known) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    const std::string place = path + "[" + std::to_string(i) + "]";
    if (!IsOneOf(known, chain[i]))
      return FileFault(file, place, Shown(chain[i]) + " is unknown; known here: " + ListOf(known));
    if (!seen.insert(chain[i]).second)
      return FileFault(file, place, Shown(chain[i]) + " stands here twice: a chain has no cycles");
  }
  if (chain.empty()) return FileFault(file, path, "must not be empty");
  return absl::OkStatus();
}

Status CheckMode(std::string_view file, const std::string& name, const Value& value,
                 std::map<std::int64_t, std::string>& priorities) {
  const std::string path = "$.modes." + name;
  ObjectReader reader(file, path, value);
  const std::int64_t priority = reader.Integer("priority", 1, 1000);
  const bool requires_human = reader.Bool("requiresHuman", name == kPhysical);
  if (requires_human != (name == kPhysical))
    reader.Fault("requiresHuman", "physical, and nothing else, requires a human");
  for (const char* field : {"source", "model", "ruleset"}) reader.String(field, "");
  HQ_RETURN_IF_ERROR(reader.Done());
  const auto [it, is_new] = priorities.emplace(priority, name);
  if (is_new) return absl::OkStatus();
  return FileFault(file, path + ".priority", "is the priority of " + it->second + " already");
}

Status CheckModes(std::string_view file, const Value& modes) {
  std::map<std::int64_t, std::string> priorities;
  for (const auto& [name, value] : modes.fields) {
    if (!IsOneOf(kModes, name))
      return FileFault(file, "$.modes." + name.substr(0, 100),
                       "unknown mode; known here: " + ListOf(kModes));
    HQ_RETURN_IF_ERROR(CheckMode(file, name, value, priorities));
  }
  return absl::OkStatus();
}

Status CheckFallback(std::string_view file, const std::vector<std::string>& chain,
                     const Value* modes) {
  std::vector<std::string> known = kModes;
  if (modes) {
    known.clear();
    for (const auto& mode : modes->fields) known.push_back(mode.name);
  }
  HQ_RETURN_IF_ERROR(CheckChain(file, "$.fallbackChain", chain, known));
  if (chain.back() == kPhysical) return absl::OkStatus();
  return FileFault(file, "$.fallbackChain[" + std::to_string(chain.size() - 1) + "]",
                   "a chain must end in physical, a person");
}

Status CheckEscalation(std::string_view file, const Value& escalation) {
  ObjectReader reader(file, "$.escalation", escalation);
  std::map<std::string, std::vector<std::string>> chains;
  for (const auto& name : kEscalations)
    if (reader.Any(name)) chains[name] = reader.Strings(name);
  HQ_RETURN_IF_ERROR(reader.Done());
  for (const auto& [name, chain] : chains)
    HQ_RETURN_IF_ERROR(CheckChain(file, reader.PathOf(name), chain, kEscalationSteps));
  return absl::OkStatus();
}

Result<std::vector<std::string>> MaintenanceOf(std::string_view file, const Value& cells) {
  ObjectReader reader(file, "$.maintenanceMode", cells);
  std::vector<std::string> entering;
  for (const auto& [cell, value] : cells.fields) {
    if (const Status status = CheckCellId(cell); !status.ok())
      reader.Fault(cell, std::string(status.message()));
    if (reader.Bool(cell, false)) entering.push_back(cell);
  }
  HQ_RETURN_IF_ERROR(reader.Done());
  return entering;
}

}  // namespace

Result<DecisionEngineFile> DecisionEngineFile::Parse(std::string_view file, std::string_view text) {
  HQ_ASSIGN_OR_RETURN(const Value root, config::ParseStrict(file, text));
  ObjectReader reader(file, "$", root);
  DecisionEngineFile result;
  result.engages_kill_switch = reader.Bool("killSwitch", false);
  const Value* modes = reader.Object("modes", false);
  const bool has_chain = reader.Any("fallbackChain") != nullptr;
  const auto chain = has_chain ? reader.Strings("fallbackChain") : std::vector<std::string>();
  const Value* maintenance = reader.Object("maintenanceMode", false);
  const Value* escalation = reader.Object("escalation", false);
  HQ_RETURN_IF_ERROR(reader.Done());

  if (modes) HQ_RETURN_IF_ERROR(CheckModes(file, *modes));
  if (has_chain) HQ_RETURN_IF_ERROR(CheckFallback(file, chain, modes));
  if (escalation) HQ_RETURN_IF_ERROR(CheckEscalation(file, *escalation));
  if (maintenance) {
    HQ_ASSIGN_OR_RETURN(result.cells_into_maintenance, MaintenanceOf(file, *maintenance));
  }
  return result;
}

}  // namespace hq::decision
