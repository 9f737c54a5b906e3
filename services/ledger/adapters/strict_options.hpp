// How RocksDB opens a log, wherever one is opened to be believed: the service's store, and the
// files of a restore or a repair.
#pragma once

#include <rocksdb/options.h>

namespace hq::ledger {

// A damaged log of writes is refused instead of opened with a hole in history; a torn last write,
// which nobody was told of, is dropped. Nothing is made that is not there.
inline rocksdb::DBOptions StrictOptions() {
  rocksdb::DBOptions options;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.max_bgerror_resume_count = 0;
  options.keep_log_file_num = 4;
  return options;
}

}  // namespace hq::ledger
