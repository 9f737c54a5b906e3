// What a repair leaves for the ledger to record of it as soon as it serves again. It stays until it
// is recorded: the word of a later repair has that of the earlier one in it.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "services/ledger/core/recovery_report.hpp"

namespace hq::ledger {

// "{data_dir}/recovery", where reports lie, and what was put aside.
std::string RecoveryFolder(const std::string& data_dir);

// "{data_dir}/recovery/notice".
std::string RepairNoticeFile(const std::string& data_dir);

// What a repair has left for the ledger to record, a serialized LedgerEvent. kNotFound if there is
// nothing; kDataLoss if it is not what the repair wrote; kUnavailable if it cannot be read.
Result<std::string> ReadRepairNotice(const std::string& data_dir);

// As ReadRepairNotice gave it; on the disk when it returns OK. kUnavailable.
Status StoreRepairNotice(const std::string& data_dir, const std::string& bytes);

// That of the repair that is reported. `earlier` as ReadRepairNotice gave it. kUnavailable.
Status WriteRepairNotice(const RecoveryReport& report, bool is_unattended,
                         const Result<std::string>& earlier);

}  // namespace hq::ledger
