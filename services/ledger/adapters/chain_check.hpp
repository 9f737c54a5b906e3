// Checks on open that the tail of the log is an unbroken chain.
#pragma once

#include "common/base/result.hpp"
#include "services/ledger/adapters/rocks_store.hpp"

namespace hq::ledger {

// Recomputes the links of the last `records_max` records up to `head`. kDataLoss, reason
// CHAIN_BROKEN, or STORE_DAMAGED if they cannot be read.
Status CheckTail(const RocksStore& store, const ChainHead& head, Position records_max);

}  // namespace hq::ledger
