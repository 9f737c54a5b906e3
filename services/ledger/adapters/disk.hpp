// What lies below the ledger's two databases: in production the machine's own disk, in a simulation
// one that loses power and tears writes.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/options.h>
#include <rocksdb/status.h>

#include <functional>

namespace hq::ledger {

struct Disk {
  rocksdb::Env* env = nullptr;  // Outlives the databases; null for the machine's own.

  // One thread opens all files of a simulated disk: there is nothing to wait for, and a run can be
  // had again.
  void PutInto(rocksdb::DBOptions& options) const {
    if (!env) return;
    options.env = env;
    options.max_file_opening_threads = 1;
  }

  // Told of a status that is not OK right before the process ends by it. It may throw instead of
  // returning: so a simulated process ends, and not the one that simulates it.
  std::function<void(const rocksdb::Status&)> on_failure;
};

}  // namespace hq::ledger
