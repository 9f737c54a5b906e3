// The checks that every command of decision makes of what it was given, before anything else; that
// of the reason is common to all services.
#pragma once

#include <string>
#include <string_view>

#include "common/base/reason.hpp"
#include "common/base/result.hpp"
#include "common/events/event_log.hpp"

namespace hq::decision {

// kInvalidArgument unless it is a cell's id: `hq` and `global` are not.
Status CheckCellId(std::string_view id);

// kPermissionDenied, reason ADMIN_NEEDED, unless the one for whom the command is carried out is an
// HQ admin: a service that acts for somebody else gets no further than that somebody.
Status RequireAdmin(const CommandMeta& meta, std::string_view what);

// `text`, quoted for a message, cut off where it is long.
std::string Shown(std::string_view text);

}  // namespace hq::decision
