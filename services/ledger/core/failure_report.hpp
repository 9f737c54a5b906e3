// Which failures of something that is tried again and again are worth a record: the first, then one
// an hour as long as it goes on; and its recovery. Pure.
#pragma once

#include <cstdint>
#include <optional>

namespace hq::ledger {

class FailureReport {
 public:
  // It failed. Whether that is to be recorded.
  bool Failed(std::int64_t now_us) {
    constexpr std::int64_t kHourUs = 3600LL * 1'000'000;
    if (failures_++ == 0) since_us_ = now_us;
    if (recorded_at_us_ && now_us - *recorded_at_us_ < kHourUs) return false;
    recorded_at_us_ = now_us;
    return true;
  }

  // It worked. Whether it had failed before.
  bool Succeeded() {
    const bool has_recovered = failures_ > 0;
    *this = {};
    return has_recovered;
  }

  std::int64_t since_us() const { return since_us_; }   // The first failure; 0 if it works.
  std::uint64_t failures() const { return failures_; }  // Since it last worked.

 private:
  std::int64_t since_us_ = 0;
  std::uint64_t failures_ = 0;
  std::optional<std::int64_t> recorded_at_us_;
};

}  // namespace hq::ledger
