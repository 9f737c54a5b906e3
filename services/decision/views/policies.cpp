#include "services/decision/views/policies.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "common/events/own_stream.hpp"
#include "services/decision/core/kill_switch.hpp"
#include "services/decision/core/policy.hpp"

namespace hq::decision {
namespace {

constexpr std::string_view kPolicyRow = "policy";
constexpr std::string_view kSwitchRows = "switch/";
constexpr std::string_view kRestoreRow = "restore";  // As a switch of its own, until a release.

// The ledger holds the global switch from here on.
Status ApplyRestore(const ledger::v1::Record& record, rocks::Rows& rows) {
  ledger::v1::LedgerEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
  v1::EngagedSwitch engaged;
  engaged.set_scope(std::string(KillSwitch::kGlobal));
  engaged.set_reason(KillSwitch::FoldRestore({}, event.epoch_started()).Why());
  engaged.set_actor(record.actor());
  engaged.set_since_us(record.recorded_at_us());
  rows.Put(kRestoreRow, engaged.SerializeAsString());
  return absl::OkStatus();
}

// One entry for the global switch, whoever holds it; with an activation's actor, who may not
// release.
void AddRestore(const v1::EngagedSwitch& restore, v1::GetPolicyResponse& response) {
  for (auto& engaged : *response.mutable_engaged()) {
    if (engaged.scope() != KillSwitch::kGlobal) continue;
    KillSwitch::State both;
    both.reason = engaged.reason();
    both.restored = restore.reason();
    engaged.set_reason(both.Why());
    return;
  }
  *response.add_engaged() = restore;
}

}  // namespace

Status Policies::Apply(const Recorded& recorded, rocks::Rows& rows) {
  const auto& record = recorded.record;
  const std::string_view category = CategoryOf(record.stream());
  if (category == Policy::kCategory) {
    v1::PolicyEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    rows.Put(kPolicyRow, event.policy_applied().SerializeAsString());
  } else if (category == KillSwitch::kCategory) {
    v1::KillSwitchEvent event;
    HQ_RETURN_IF_ERROR(UnpackEvent(record.data(), event));
    const std::string scope(IdOf(record.stream()));
    const std::string key = std::string(kSwitchRows) + scope;
    if (event.has_kill_switch_activated()) {
      v1::EngagedSwitch engaged;
      engaged.set_scope(scope);
      engaged.set_reason(event.kill_switch_activated().reason());
      engaged.set_actor(event.kill_switch_activated().actor());
      engaged.set_since_us(record.recorded_at_us());
      rows.Put(key, engaged.SerializeAsString());
    } else {
      rows.Delete(key);
      if (scope == KillSwitch::kGlobal) rows.Delete(kRestoreRow);
    }
  } else if (OpensEpoch(record)) {
    return ApplyRestore(record, rows);
  }
  return absl::OkStatus();
}

v1::GetPolicyResponse Policies::InForce() const {
  v1::GetPolicyResponse response;
  const auto policy =
      rows().GetMessage<v1::PolicyApplied>(kPolicyRow).value_or(Policy::State().policy);
  *response.mutable_rules() = policy.rules();
  for (const auto& [scope, bytes] : rows().Scan(kSwitchRows))
    *response.add_engaged() = rows().Parsed<v1::EngagedSwitch>(scope, bytes);
  if (const auto restore = rows().GetMessage<v1::EngagedSwitch>(kRestoreRow))
    AddRestore(*restore, response);
  return response;
}

}  // namespace hq::decision
