// The kill switch through the ledger, for when decision is down: an HQ admin may engage a switch by
// appending to its stream. Nobody but decision releases one. Pure.
#pragma once

#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// Whether this is an HQ admin's append to a kill switch's stream, which CheckEmergencyStop judges.
// An admin who is bound to cells is none: the switch is the whole fleet's.
bool IsEmergencyStop(const Appender& appender, const v1::StreamAppend& append);

// Exactly one `kill_switch_activated`, with the stream's own scope and branch, a reason of 1 to 500
// bytes, and no actor but the admin. kPermissionDenied, reason EVENT_NOT_YOURS; kInvalidArgument,
// reason REASON_NEEDED.
Status CheckEmergencyStop(const Appender& appender, const v1::StreamAppend& append);

// Writes the admin's name and the scope into the event, as decision would have: who engaged a
// switch comes from the verified call, and may not release it where there is a second admin.
void CompleteEmergencyStop(const Appender& appender, v1::StreamAppend& append);

}  // namespace hq::ledger
