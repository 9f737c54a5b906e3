// Whether the ledger does its work. Once something is found that must not be, it does not, until a
// person has looked and started it again.
#pragma once

#include <mutex>
#include <string>

#include "common/base/result.hpp"
#include "hq/ledger/v1/operations_service.pb.h"

namespace hq::ledger {

// Thread-safe.
class Readiness {
 public:
  // The first reason stays: it is the one to be looked at.
  void Fail(const std::string& reason) {
    std::lock_guard lock(mutex_);
    if (reason_.empty()) reason_ = reason;
  }

  bool is_serving() const {
    std::lock_guard lock(mutex_);
    return reason_.empty();
  }

  // kDataLoss, reason NOT_SERVING, once something was found.
  Status Check() const {
    std::lock_guard lock(mutex_);
    if (reason_.empty()) return absl::OkStatus();
    return Refusal(absl::StatusCode::kDataLoss, "the ledger does not serve: " + reason_,
                   "NOT_SERVING",
                   "Look at `hqctl ledger status`; stop the ledger, and run: hq-ledger repair");
  }

  void Fill(v1::LedgerStatus& status) const {
    std::lock_guard lock(mutex_);
    status.set_is_serving(reason_.empty());
    status.set_not_serving_reason(reason_);
  }

 private:
  mutable std::mutex mutex_;
  std::string reason_;  // Empty while it serves.
};

}  // namespace hq::ledger
