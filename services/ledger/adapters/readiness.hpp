// Whether the ledger does its work, and whether it may still record why not. Once something is
// found that must not be, it does not, until a person has looked and started it again.
#pragma once

#include <mutex>
#include <string>

#include "common/base/result.hpp"
#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::ledger {

// Thread-safe.
class Readiness {
 public:
  // What is here is not what was written. Where this history ends is in no doubt, so the ledger may
  // record it. The first reason stays: it is the one to be looked at.
  void Fail(const std::string& reason) {
    std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
  }

  // Somebody outside has more of this ledger than is here, or other records. As Fail, and nothing
  // may be recorded either: it would only deepen the fork and stand in the way of a repair.
  void FailForked(const std::string& reason) {
    std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
    is_forked_ = true;
  }

  bool is_serving() const {
    std::lock_guard lock(mutex_);
    return reason_.empty();
  }

  // kDataLoss, reason NOT_SERVING, once something was found.
  Status Check() const {
    std::lock_guard lock(mutex_);
    return reason_.empty() ? absl::OkStatus() : NotServing();
  }

  // Whether the ledger may record what happens to itself: as Check, but after FailForked only.
  Status CheckRecording() const {
    std::lock_guard lock(mutex_);
    return is_forked_ ? NotServing() : absl::OkStatus();
  }

  void Fill(v1::LedgerStatus& status) const {
    std::lock_guard lock(mutex_);
    status.set_is_serving(reason_.empty());
    status.set_not_serving_reason(reason_);
  }

 private:
  // With the mutex held.
  Status NotServing() const {
    return Refusal(absl::StatusCode::kDataLoss, "the ledger does not serve: " + reason_,
                   "NOT_SERVING",
                   "Look at `hqctl ledger status`; stop the ledger, and run: hq-ledger repair");
  }

  mutable std::mutex mutex_;
  std::string reason_;  // Empty while it serves.
  bool is_forked_ = false;
};

}  // namespace hq::ledger
