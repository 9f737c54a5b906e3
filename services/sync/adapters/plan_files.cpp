#include "services/sync/adapters/plan_files.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "common/base/ids.hpp"
#include "common/base/text.hpp"
#include "common/config/strict_json.hpp"

namespace hq::sync {
namespace {

using config::ObjectReader;

const std::vector<std::string> kTiers{"canary", "standard", "incubation", "premium"};

Result<v1::SyncPlanEvent> ReadSyncPlan(std::string_view file, const config::Value& root) {
  ObjectReader reader(file, "$", root);
  v1::SyncPlanEvent event;
  auto* plan = event.mutable_sync_plan_applied();
  plan->set_strategy(reader.OneOf("strategy", {"canary"}));
  plan->set_on_failure(reader.OneOf("onFailure", {"halt"}));
  plan->set_max_retries(static_cast<std::uint32_t>(reader.Integer("maxRetries", 0, 10)));
  std::set<std::string> seen;
  for (const std::string& tier : reader.Strings("tiers")) {
    if (std::find(kTiers.begin(), kTiers.end(), tier) == kTiers.end())
      reader.Fault("tiers", "unknown tier: " + tier.substr(0, 60));
    if (!seen.insert(tier).second) reader.Fault("tiers", "twice: " + tier);
    plan->add_tiers(tier);
  }
  if (plan->tiers().empty() || plan->tiers(0) != "canary")
    reader.Fault("tiers", "the first wave must be canary (Constitution, Article 1)");
  seen.clear();
  for (const std::string& cell : reader.Strings("order")) {
    if (cell != "*" && !IsCellId(cell)) reader.Fault("order", "no cell id: " + cell.substr(0, 60));
    if (!seen.insert(cell).second) reader.Fault("order", "twice: " + cell);
    plan->add_order(cell);
  }
  HQ_RETURN_IF_ERROR(reader.Done());
  return event;
}

Result<v1::SyncPlanEvent> ReadConflictPolicy(std::string_view file, const config::Value& root) {
  ObjectReader reader(file, "$", root);
  v1::SyncPlanEvent event;
  auto* policy = event.mutable_conflict_policy_applied();
  policy->set_priority(reader.OneOf("priority", {"cell"}));
  const config::Value* on_conflict = reader.Object("onConflict", true);
  HQ_RETURN_IF_ERROR(reader.Done());
  ObjectReader inner(file, "$.onConflict", *on_conflict);
  policy->set_label(inner.String("label"));
  policy->set_notify(inner.OneOf("notify", {"cell_owner"}));
  policy->set_timeout_hours(static_cast<std::uint32_t>(inner.Integer("timeoutHours", 1, 8760)));
  policy->set_escalate_to(inner.OneOf("escalateTo", {"hq_admin"}));
  if (policy->label().size() > 50) inner.Fault("label", "at most 50 bytes");
  HQ_RETURN_IF_ERROR(inner.Done());
  return event;
}

// "5m", "30s", "1h": milliseconds; 0 if it is none of these.
std::int64_t ReadInterval(const std::string& text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const std::int64_t unit_ms = unit == "s"   ? 1'000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                                             : 0;
  constexpr std::int64_t kDayMs = 86'400'000;
  const bool is_fine =
      error == std::errc() && unit_ms > 0 && count > 0 && count <= kDayMs / unit_ms;
  return is_fine ? count * unit_ms : 0;
}

Result<v1::SyncPlanEvent> ReadHealthPolicy(std::string_view file, const config::Value& root) {
  ObjectReader reader(file, "$", root);
  v1::SyncPlanEvent event;
  auto* policy = event.mutable_health_policy_applied();
  for (const std::string& url : reader.Strings("endpoints")) {
    const bool is_url = url.starts_with("https://") || url.starts_with("http://");
    if (!is_url || url.size() > 500) reader.Fault("endpoints", "no http or https URL");
    policy->add_endpoints(url);
  }
  policy->set_interval_ms(ReadInterval(reader.String("interval")));
  if (policy->interval_ms() == 0)
    reader.Fault("interval", "must be like \"30s\", \"5m\" or \"1h\", at most a day");
  for (const std::string& action : reader.Strings("onFailure")) {
    if (action != "notify" && action != "rollback")
      reader.Fault("onFailure", "must be notify or rollback");
    policy->add_on_failure(action);
  }
  HQ_RETURN_IF_ERROR(reader.Done());
  return event;
}

}  // namespace

Result<v1::SyncPlanEvent> ParsePlanFile(std::string_view file, std::string_view text) {
  const std::string_view name = file.substr(file.rfind('/') + 1);
  const bool is_ours =
      name == "sync-plan.json" || name == "conflict-policy.json" || name == "health-check.json";
  constexpr std::size_t kPathShownBytesMax = 80;
  if (!is_ours)
    return Refusal(absl::StatusCode::kInvalidArgument,
                   "path: \"" + ValidUtf8(file, kPathShownBytesMax) + "\" is not sync's",
                   "UNKNOWN_FILE",
                   "Sync takes sync-plan.json, conflict-policy.json and health-check.json.");
  HQ_ASSIGN_OR_RETURN(const config::Value root, config::ParseStrict(file, text));
  if (name == "sync-plan.json") return ReadSyncPlan(file, root);
  if (name == "conflict-policy.json") return ReadConflictPolicy(file, root);
  return ReadHealthPolicy(file, root);
}

}  // namespace hq::sync
