// How the ledger stands, as rows for people: a part and what it says. Pure.
#pragma once

#include <string>
#include <vector>

#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::cli {

// {part, what it says}; parts that are not running have no row.
std::vector<std::vector<std::string>> RowsOf(const ledger::v1::LedgerStatus& status);

}  // namespace hq::cli
