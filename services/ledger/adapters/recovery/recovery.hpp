// The recovery ladder as it is climbed, on a ledger that does not run: looks at everything, decides
// by core/recovery_plan, repairs if that is what comes out, and writes down what it found and did.
#pragma once

#include <string>

#include "common/base/clock.hpp"
#include "services/ledger/adapters/recovery/recovery_settings.hpp"
#include "services/ledger/core/recovery_report.hpp"

namespace hq::ledger {

// Nothing that is there is deleted: what is of no use is moved to `{data_dir}/recovery/{time}`,
// where `report.md` and `report.json` are written too. A repair leaves
// `{data_dir}/recovery/notice`, see ReadRepairNotice, for the ledger to record when it serves
// again, also of an earlier one that it has not recorded yet. One that was broken off is done
// again: until then the ledger does not open. Where nothing is wrong nothing is written.
// kFailedPrecondition, reason LEDGER_RUNS; kInvalidArgument and kNotFound for what the settings
// name; kUnavailable if the disk refuses.
Result<RecoveryReport> Recover(const RecoverySettings& settings, Clock& clock);

}  // namespace hq::ledger
