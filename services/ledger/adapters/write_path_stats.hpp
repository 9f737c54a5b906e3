// What the committer has done since the process started, for those who run the ledger: counted
// where a group is committed, shown in metrics and in the status.
#pragma once

#include <cstdint>
#include <mutex>

#include "common/runtime/metrics.hpp"
#include "services/ledger/core/recent_samples.hpp"

namespace hq::ledger {

// Thread-safe; a group costs one lock and two numbers.
class WritePathStats {
 public:
  // `metrics` outlives it.
  explicit WritePathStats(runtime::Metrics& metrics) : metrics_(metrics) {}

  // A group of that many records is on disk; its write took `sync_seconds`, and so many appends
  // wait behind it.
  void GroupCommitted(std::uint64_t records, double sync_seconds, std::uint64_t queue_depth);

  void Fill(v1::LedgerStatus& status) const;

 private:
  runtime::Metrics& metrics_;
  mutable std::mutex mutex_;
  std::uint64_t groups_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t queue_depth_ = 0;
  RecentSamples group_records_;
  RecentSamples sync_seconds_;
};

}  // namespace hq::ledger
