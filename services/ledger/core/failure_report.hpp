// Which failures of something that is tried again and again are worth a record: the first, then one
// an hour as long as it goes on; and its recovery. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace hq::ledger {

class FailureReport {
 public:
  // It failed. Whether that is to be recorded; if it cannot be, so is the next failure.
  bool Failed(std::int64_t now_us) {
    constexpr std::int64_t kHourUs = 3600LL * 1'000'000;
    if (failures_++ == 0) since_us_ = now_us;
    // A clock that was set back must not silence it until it is there again.
    const bool is_told = recorded_at_us_ && now_us >= *recorded_at_us_;
    return !is_told || now_us - *recorded_at_us_ >= kHourUs;
  }

  // The failure that was counted last has its record.
  void FailureRecorded(std::int64_t now_us) { recorded_at_us_ = now_us; }

  // Whether it has failed: once it works again, that is to be recorded.
  bool has_failed() const { return failures_ > 0; }

  // It works, and if it had failed before, its recovery has its record.
  void RecoveryRecorded() { *this = {}; }

  std::int64_t since_us() const { return since_us_; }   // The first failure; 0 if it works.
  std::uint64_t failures() const { return failures_; }  // Since it last worked.

 private:
  std::int64_t since_us_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<std::int64_t> recorded_at_us_;
};

}  // namespace hq::ledger
