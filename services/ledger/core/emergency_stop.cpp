#include "services/ledger/core/emergency_stop.hpp"

#include <string>
#include <string_view>

#include "common/base/ids.hpp"
#include "common/base/reason.hpp"
#include "hq/decision/v1/events.pb.h"

namespace hq::ledger {
namespace {

constexpr std::string_view kSwitchCategory = "kill_switch";
constexpr std::string_view kGlobal = "global";

Status NotYours(const std::string& what) {
  return Refusal(absl::StatusCode::kPermissionDenied, what, "EVENT_NOT_YOURS",
                 "Append one kill_switch_activated in your own name to the switch's stream; "
                 "anything else goes through decision.");
}

}  // namespace

bool IsEmergencyStop(const Appender& appender, const v1::StreamAppend& append) {
  return appender.role == "hq_admin" && appender.cells.empty() &&
         CategoryOf(append.stream()) == kSwitchCategory;
}

Status CheckEmergencyStop(const Appender& appender, const v1::StreamAppend& append) {
  const std::string scope(IdOf(append.stream()));
  const bool is_global = scope == kGlobal;
  if (!IsCellId(scope) || scope == kHqBranch) return NotYours("that stream is no kill switch's");
  if (append.events_size() != 1) return NotYours("a kill switch is engaged by one event");
  const v1::NewEvent& event = append.events(0);
  decision::v1::KillSwitchEvent data;
  if (!event.data().UnpackTo(&data) || !data.has_kill_switch_activated())
    return NotYours("an HQ admin may engage a kill switch here and do nothing else with it");
  const auto& activated = data.kill_switch_activated();
  if (!activated.scope().empty() && activated.scope() != scope)
    return NotYours("the scope is not the stream's");
  if (!activated.actor().empty() && activated.actor() != appender.principal)
    return NotYours("the actor is not the caller");
  if (event.branch() != (is_global ? kHqBranch : scope))
    return NotYours("the branch is not the switch's");
  return CheckReason(activated.reason());  // As decision checks it in its own command.
}

void CompleteEmergencyStop(const Appender& appender, v1::StreamAppend& append) {
  decision::v1::KillSwitchEvent data;
  v1::NewEvent& event = *append.mutable_events(0);
  if (!event.data().UnpackTo(&data)) return;
  data.mutable_kill_switch_activated()->set_scope(std::string(IdOf(append.stream())));
  data.mutable_kill_switch_activated()->set_actor(appender.principal);
  event.mutable_data()->PackFrom(data);
}

}  // namespace hq::ledger
