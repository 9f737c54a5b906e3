// What makes an append well-formed. A request is taken as a whole or refused as a whole, and the
// refusal names the field.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/record.pb.h"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// kInvalidArgument naming the field's path, e.g. "appends[0].events[2].branch: …".
Status CheckAppend(const v1::AppendRequest& request, TimePoint now);

// One event by itself, as CheckAppend holds every event of a request: kInvalidArgument
// "{path}.branch: …".
Status CheckEvent(const std::string& path, const v1::NewEvent& event, std::int64_t now_us);

// Whose the command_id is: the actor's. An import's is the document's alone, so that another admin
// who repeats it finds it done. Of a command, and of a record that it has appended; points into it.
std::string_view OwnerOfCommand(const v1::AppendRequest& request);
std::string_view OwnerOfCommand(const v1::Record& record);

// Fills in what a caller may leave out: actor, role, the digest of a command with an id, and who
// engages a kill switch through the ledger. The request has passed CheckAuthority.
// kPermissionDenied if anybody but a service names another actor or role.
Status CompleteAppend(const Appender& appender, v1::AppendRequest& request);

}  // namespace hq::ledger
