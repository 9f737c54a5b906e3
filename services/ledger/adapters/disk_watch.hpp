// Watches the disk under the ledger: refuses appends while there is room for refusing, gives up the
// ballast file when even the reserve runs out, and records once that it came to that.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "common/runtime/component.hpp"
#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/ledger/core/disk_guard.hpp"

namespace hq::ledger {

// Thread-safe.
class DiskWatch final : public Component {
 public:
  struct Settings {
    std::uint64_t reserve_bytes = 1ULL << 30;
    std::uint64_t ballast_bytes = 256ULL << 20;  // 0: none.
  };
  // Records a `ledger_error` for good. Called from Run's thread; false if it was not taken, or may
  // not be recorded yet: then it is called again.
  using Report = std::function<bool(const v1::LedgerError& error)>;

  // Watches the file system of `directory`, which exists. Makes the ballast `{directory}/ballast`
  // if that leaves the reserve free; one that is there is kept. `metrics` outlives it. kUnavailable
  // if the directory cannot be looked at.
  static Result<std::unique_ptr<DiskWatch>> Open(const std::string& directory, Settings settings,
                                                 runtime::Metrics& metrics);

  // Whether there is room for this append: one look at the disk every 100 ms at the most.
  // kResourceExhausted, reason DISK_FULL.
  Status Admit(const v1::AppendRequest& request);

  // Must be set before Run.
  void SetReport(Report report) { report_ = std::move(report); }

  // Looks every second, also where nothing is appended; records what must be known.
  void Run(std::stop_token stop) override;

  void Fill(v1::LedgerStatus& status);

 private:
  DiskWatch(std::string directory, Settings settings, runtime::Metrics& metrics);
  std::string BallastPath() const { return directory_ + "/ballast"; }
  void MakeBallast(std::uint64_t free_bytes);
  // The state as it was at most 100 ms ago.
  v1::DiskState State();
  // As State, with the mutex held: looks now.
  void Look();
  void ReleaseBallast();
  void RecordWhatIsDue();
  void RecordIf(bool DiskWatch::*is_due, const char* reason, const char* what);

  const std::string directory_;
  const DiskThresholds thresholds_;
  const std::uint64_t ballast_wanted_bytes_;
  runtime::Metrics& metrics_;
  Report report_;

  std::mutex mutex_;  // Guards what follows but the two atomics, which are read without it.
  std::atomic<std::int64_t> looked_at_us_ = 0;  // Of the steady clock.
  std::atomic<v1::DiskState> state_ = v1::DISK_STATE_AMPLE;
  std::uint64_t free_bytes_ = 0;
  std::uint64_t ballast_bytes_ = 0;
  bool is_low_ = false;          // Until there is clearly more room than the reserve again.
  bool is_low_due_ = false;      // To be recorded.
  bool is_release_due_ = false;  // To be recorded.
};

}  // namespace hq::ledger
