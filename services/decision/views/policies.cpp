#include "services/decision/views/policies.hpp"

#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "services/decision/core/kill_switch.hpp"
#include "services/decision/core/policy.hpp"

namespace hq::decision {
namespace {

constexpr std::string_view kPolicyRow = "policy";
constexpr std::string_view kSwitchRows = "switch/";

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
    }
  }
  return absl::OkStatus();
}

v1::GetPolicyResponse Policies::InForce() const {
  v1::GetPolicyResponse response;
  const auto policy =
      rows().GetMessage<v1::PolicyApplied>(kPolicyRow).value_or(Policy::State().policy);
  *response.mutable_rules() = policy.rules();
  for (const auto& [scope, bytes] : rows().Scan(kSwitchRows))
    response.add_engaged()->ParseFromString(bytes);
  return response;
}

}  // namespace hq::decision
