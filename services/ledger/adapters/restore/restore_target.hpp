// Where a restore writes to: the files of a ledger that does not run.
#pragma once

#include <string_view>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"

namespace hq::ledger {

// One thread at a time. All return kUnavailable if the disk refuses; then it is of no use any more.
class RestoreTarget {
 public:
  virtual ~RestoreTarget() = default;

  // Whole records in the encoding of core/record_frames, that follow those before; `first` is the
  // first one's position.
  virtual Status Append(Position first, std::string_view frames) = 0;

  // Content under its SHA-256, which the caller has checked; harmless to repeat.
  virtual Status PutBlob(std::string_view sha256, std::string_view content) = 0;

  // What the ledger knows of itself: "log_id", "epoch", and the statements of its forks.
  virtual Status PutMeta(std::string_view key, std::string_view value) = 0;

  // All of it is on disk when it returns. Nothing follows.
  virtual Status Finish() = 0;
};

}  // namespace hq::ledger
