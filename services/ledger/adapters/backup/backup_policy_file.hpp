// recovery/backup-policy.json: how often and where to. Read strictly; what it says of other
// services (registry, workers) is theirs.
#pragma once

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "common/base/result.hpp"

namespace hq::ledger {

struct BackupPolicy {
  bool is_daily = true;  // ledger.daily: an image every UTC day.
  std::string target;    // ledger.target: "r2://bucket"; may be empty.
  std::chrono::milliseconds segment_interval{60'000};  // ledger.segmentIntervalSeconds: 1 to 86400.
  std::size_t segment_bytes = 64ULL << 20;             // ledger.segmentMebibytes: 1 to 64.

  // How long after a round, which failed or did not, the next one begins. Nobody counts what waits
  // as long as it is not known where the archive ends, so a failed one is soon followed by another.
  std::chrono::milliseconds PauseAfter(bool has_failed) const {
    constexpr std::chrono::milliseconds kRetryMax(60'000);
    return has_failed ? std::min(segment_interval, kRetryMax) : segment_interval;
  }

  // kInvalidArgument naming file and path.
  static Result<BackupPolicy> Parse(std::string_view file, std::string_view text);

  // kInvalidArgument if the policy names another bucket than the archive's. An archive that is no
  // bucket (empty) stands in for any.
  Status CheckBucket(std::string_view bucket) const;
};

}  // namespace hq::ledger
