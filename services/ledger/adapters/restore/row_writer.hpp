// Gathers records into rows as large as those that a committer writes.
#pragma once

#include <string>
#include <string_view>

#include "services/ledger/adapters/restore/restore_target.hpp"
#include "services/ledger/core/record_frames.hpp"

namespace hq::ledger {

// One thread at a time.
class RowWriter {
 public:
  // `target` outlives it.
  explicit RowWriter(RestoreTarget& target) : target_(target) {}

  // The next record. Codes as RestoreTarget's.
  Status Add(Position position, std::string_view record) {
    if (frames_.size() + record.size() > kRowBytesMax) HQ_RETURN_IF_ERROR(Flush());
    if (frames_.empty()) first_ = position;
    AddFrame(frames_, record);
    return absl::OkStatus();
  }

  // Hands over what it still has. To be called behind the last record.
  Status Flush() {
    if (frames_.empty()) return absl::OkStatus();
    const Status status = target_.Append(first_, frames_);
    frames_.clear();
    return status;
  }

 private:
  static constexpr std::size_t kRowBytesMax = 256 * 1024;  // As the committer's groups.

  RestoreTarget& target_;
  Position first_ = 0;
  std::string frames_;
};

}  // namespace hq::ledger
