// Whether a restore of the ledger still holds everything. Read from the ledger, never from a view:
// a view may be of the life that was given up.
#pragma once

#include "common/events/event_log.hpp"
#include "services/decision/core/kill_switch.hpp"

namespace hq::decision {

// Folds into the global switch the last restore, unless the switch was released behind it. To be
// called after the switch's stream was read: then no restore before that read is missed. Codes are
// those of EventLog::Read; kFailedPrecondition, reason WRITTEN_BY_A_NEWER_VERSION.
Status FoldRestoreThatHolds(EventLog& log, KillSwitch::State& state);

}  // namespace hq::decision
