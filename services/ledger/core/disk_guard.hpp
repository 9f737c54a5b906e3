// Whether an append is taken, by how much room the disk has: ordinary ones are refused before
// RocksDB must fail, and what is left then is for those that tell of trouble or stop it. Pure.
#pragma once

#include <cstdint>

#include "common/base/result.hpp"
#include "hq/ledger/v1/ledger_service.pb.h"
#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::ledger {

// In free bytes. A floor is never above the reserve.
struct DiskThresholds {
  std::uint64_t reserve_bytes = 0;  // Below this only system events are taken.
  std::uint64_t floor_bytes = 0;    // Below this nothing is taken.
};

// The thresholds for a reserve: a quarter of it is the floor.
DiskThresholds ThresholdsFor(std::uint64_t reserve_bytes);

v1::DiskState StateOf(std::uint64_t free_bytes, const DiskThresholds& thresholds);

// Whether every event is of the kind that the reserve is kept for: the ledger's own, kill switches,
// cell locks, deliveries and incidents. A request without events is none.
bool IsSystemAppend(const v1::AppendRequest& request);

// kResourceExhausted, reason DISK_FULL, if an append is not taken in that state.
Status CheckDisk(v1::DiskState state, bool is_system);

}  // namespace hq::ledger
