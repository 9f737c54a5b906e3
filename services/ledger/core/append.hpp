// What makes an append well-formed. A request is taken as a whole or refused as a whole, and the
// refusal names the field.
#pragma once

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// kInvalidArgument naming the field's path, e.g. "appends[0].events[2].branch: …".
Status CheckAppend(const v1::AppendRequest& request, TimePoint now);

// Fills in what a caller may leave out: actor, role, the digest of a command with an id, and who
// engages a kill switch through the ledger. The request has passed CheckAuthority.
// kPermissionDenied if anybody but a service names another actor or role.
Status CompleteAppend(const Appender& appender, v1::AppendRequest& request);

}  // namespace hq::ledger
