#include "services/decision/core/verdict.hpp"

#include <algorithm>
#include <optional>

#include "services/decision/core/inputs.hpp"

namespace hq::decision {
namespace {

// What one rule found. `next_step` only if it refuses.
struct Finding {
  bool refuses = false;
  std::string why;
  std::string next_step;
};

Finding Passes(std::string why) { return {false, std::move(why), {}}; }

Finding Refuses(std::string why, std::string next_step) {
  return {true, std::move(why), std::move(next_step)};
}

bool IsRevert(const v1::AuthorizeRequest& request) { return request.action() == v1::ACTION_REVERT; }

// refs/heads/hq/ and a plain name: nothing that Git or a shell could read as something else.
bool IsTopicBranch(std::string_view ref) {
  constexpr std::string_view kTopicPrefix = "refs/heads/hq/";
  constexpr std::size_t kRefBytesMax = 250;
  if (!ref.starts_with(kTopicPrefix) || ref.size() > kRefBytesMax) return false;
  ref.remove_prefix(kTopicPrefix.size());
  const bool is_plain = std::all_of(ref.begin(), ref.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
  });
  const auto has = [&](std::string_view part) { return ref.find(part) != std::string_view::npos; };
  const bool is_odd = ref.empty() || has("..") || has("//") || has("/.") || ref.starts_with('/') ||
                      ref.starts_with('.') || ref.ends_with('/') || ref.ends_with('.') ||
                      ref.ends_with(".lock");
  return is_plain && !is_odd;
}

Finding JudgeSwitches(const Facts& facts) {
  const bool is_global = facts.global_switch.IsHolding();
  if (!is_global && !facts.cell_switch.IsHolding()) return Passes("no kill switch is engaged");
  const auto& engaged = is_global ? facts.global_switch : facts.cell_switch;
  return Refuses(std::string(is_global ? "the global" : "the cell's") +
                     " kill switch is engaged: " + engaged.Why(),
                 "Have it released by an HQ admin, then resume what was stopped.");
}

Finding JudgeRegistry(const Facts& facts) {
  if (!facts.cell.is_registered)
    return Refuses("the cell is not registered", "Register it in branches.json and apply it.");
  if (facts.cell.is_retired)
    return Refuses("the cell is retired", "Take \"retired\" out of its entry and apply it.");
  return Passes("the cell is registered");
}

Finding JudgeMaintenance(const v1::AuthorizeRequest& request, const Facts& facts) {
  if (!facts.cell.is_in_maintenance) return Passes("the cell is not in maintenance");
  if (IsRevert(request)) return Passes("the cell is in maintenance, which reverts pass");
  return Refuses("the cell is in maintenance", "End its maintenance, then try again.");
}

Finding JudgeLock(const v1::AuthorizeRequest& request, const Facts& facts) {
  if (!facts.lock.is_locked) return Passes("the cell is not locked");
  if (IsRevert(request)) return Passes("the cell is locked, which reverts pass");
  return Refuses("the cell is locked: " + facts.lock.reason,
                 "Have it unlocked by an HQ admin, then try again.");
}

Finding JudgeDirectPush(const v1::AuthorizeRequest& request) {
  const bool writes_nothing =
      request.git_ref().empty() && request.action() != v1::ACTION_PUSH_BRANCH;
  if (writes_nothing) return Passes("no ref is written");
  if (IsTopicBranch(request.git_ref())) return Passes("the ref is a topic branch of HQ's own");
  return Refuses("HQ writes below refs/heads/hq/ only, not " + Shown(request.git_ref()),
                 "Push to refs/heads/hq/... and open a pull request.");
}

std::optional<Finding> JudgeCanaryFirst(const v1::AuthorizeRequest& request, const Facts& facts) {
  const bool takes_release = request.action() == v1::ACTION_PUSH_BRANCH ||
                             request.action() == v1::ACTION_OPEN_PULL_REQUEST ||
                             request.action() == v1::ACTION_MERGE_PULL_REQUEST;
  if (!takes_release) return std::nullopt;
  if (facts.cell.entry.tier() == "canary") return Passes("the cell is a canary");
  if (facts.is_release_verified_on_canary)
    return Passes("release " + request.release_id() + " was verified on a canary");
  return Refuses("release " + Shown(request.release_id()) +
                     " was not verified on a canary; the cell's tier is " +
                     Shown(facts.cell.entry.tier()),
                 "Roll it out to a canary and wait until health_verified is on the ledger.");
}

Finding JudgeLedgerMandatory(const v1::AuthorizeRequest& request, const Facts& facts) {
  const std::string release = "release " + Shown(request.release_id());
  const std::string rollout = "rollout " + Shown(request.rollout_id());
  if (!facts.is_release_known)
    return Refuses(release + " is not on the ledger", "Create the release first.");
  if (!facts.is_rollout_planned)
    return Refuses(rollout + " is not on the ledger", "Plan the rollout first.");
  if (request.action() != v1::ACTION_START_ROLLOUT && !facts.is_rollout_started)
    return Refuses(rollout + " was never started", "Start the rollout first.");
  if (!IsRevert(request) && facts.rollout_release_id != request.release_id())
    return Refuses(rollout + " is of another release than " + Shown(request.release_id()),
                   "Plan a rollout of this release.");
  return Passes("the release and the rollout are on the ledger");
}

// Nothing for a rule that does not concern the action, or that nothing evaluates.
std::optional<Finding> JudgeRule(const std::string& rule_id, const v1::AuthorizeRequest& request,
                                 const Facts& facts) {
  if (rule_id == Policy::kNoDirectPush) return JudgeDirectPush(request);
  if (rule_id == Policy::kCanaryFirst) return JudgeCanaryFirst(request, facts);
  if (rule_id == Policy::kLedgerMandatory) return JudgeLedgerMandatory(request, facts);
  return std::nullopt;
}

void AddFinding(v1::AuthorizeResponse& response, const std::string& rule_id,
                v1::Enforcement enforcement, Finding finding) {
  auto* rule = response.add_rules();
  rule->set_rule_id(rule_id);
  rule->set_enforcement(enforcement);
  rule->set_refuses(finding.refuses);
  rule->set_why(std::move(finding.why));
  rule->set_next_step(std::move(finding.next_step));
}

}  // namespace

Status CheckQuestion(const v1::AuthorizeRequest& request) {
  const bool is_known = v1::Action_IsValid(request.action());
  if (!is_known || request.action() == v1::ACTION_UNSPECIFIED)
    return Refusal(absl::StatusCode::kInvalidArgument, "action: must be named", "ACTION_NEEDED",
                   "Name one of the actions of hq.decision.v1.Action.");
  if (request.action() != v1::ACTION_START_ROLLOUT) return CheckCellId(request.branch());
  if (request.branch().empty()) return absl::OkStatus();
  return Refusal(absl::StatusCode::kInvalidArgument,
                 "branch: must be empty, a rollout starts for the fleet", "CELL_NOT_WANTED",
                 "Ask for each cell's actions when they are due.");
}

v1::AuthorizeResponse Judge(const v1::AuthorizeRequest& request, const Facts& facts) {
  v1::AuthorizeResponse response;
  AddFinding(response, "kill-switch", v1::ENFORCEMENT_ABORT, JudgeSwitches(facts));
  if (request.action() != v1::ACTION_START_ROLLOUT) {
    AddFinding(response, "registry", v1::ENFORCEMENT_REJECT, JudgeRegistry(facts));
    AddFinding(response, "maintenance", v1::ENFORCEMENT_BLOCK, JudgeMaintenance(request, facts));
    AddFinding(response, "cell-lock", v1::ENFORCEMENT_BLOCK, JudgeLock(request, facts));
  }
  for (const auto& rule : facts.policy.policy.rules())
    if (auto finding = JudgeRule(rule.id(), request, facts))
      AddFinding(response, rule.id(), rule.enforcement(), *std::move(finding));

  const bool is_refused = std::any_of(
      response.rules().begin(), response.rules().end(),
      [](const auto& rule) { return rule.refuses() && Policy::Refuses(rule.enforcement()); });
  response.set_verdict(is_refused ? v1::VERDICT_DENY : v1::VERDICT_ALLOW);
  return response;
}

}  // namespace hq::decision
