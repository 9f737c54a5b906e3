// What the ledger's RocksDB databases have in common.
#pragma once

#include <rocksdb/slice.h>
#include <rocksdb/status.h>

#include <string_view>

#include "common/base/check.hpp"
#include "services/ledger/adapters/disk.hpp"

namespace hq::ledger {

inline rocksdb::Slice SliceOf(std::string_view text) { return {text.data(), text.size()}; }

// Ends the process unless the status is OK. Nothing is tried again in this process: pages of a
// failed fsync are marked clean, so a second fsync would lie.
inline void Survive(const rocksdb::Status& status) {
  if (!status.ok())
    CheckFailed("RocksDB must answer OK", status.ToString().c_str(), __FILE__, __LINE__);
}

inline void Survive(const rocksdb::Status& status, const Disk& disk) {
  if (!status.ok() && disk.on_failure) disk.on_failure(status);
  Survive(status);
}

}  // namespace hq::ledger
