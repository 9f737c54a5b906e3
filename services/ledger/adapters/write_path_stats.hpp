// What the committer has done since the process started, for those who run the ledger: counted
// where a group is committed, shown in metrics and in the status.
#pragma once

#include <absl/status/status.h>

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>

#include "common/runtime/metrics.hpp"
#include "services/ledger/core/recent_samples.hpp"

namespace hq::ledger {

// Thread-safe; a group costs one lock and two numbers, an answer a look-up in a table.
class WritePathStats {
 public:
  // `metrics` outlives it.
  explicit WritePathStats(runtime::Metrics& metrics);

  // So many appends wait.
  void SetQueueDepth(std::uint64_t appends);

  // A group of that many records is on disk; its write took `sync_seconds`.
  void GroupCommitted(std::uint64_t records, double sync_seconds);

  // An append was answered so, that long after it came. By one thread at a time.
  void Answered(absl::StatusCode code, double seconds);

  // All but how many appends wait, which the queue knows better than any group.
  void Fill(v1::LedgerStatus& status) const;

 private:
  runtime::Metrics& metrics_;
  runtime::Timing append_seconds_;
  std::array<std::optional<runtime::Counter>, 17> answers_;  // By code.
  mutable std::mutex mutex_;
  std::uint64_t groups_ = 0;
  std::uint64_t records_ = 0;
  RecentSamples group_records_;
  RecentSamples sync_seconds_;
};

}  // namespace hq::ledger
