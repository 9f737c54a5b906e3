// The spool: what is to be recorded on the ledger and cannot be yet. A file of JSON lines, each on
// disk before what it says is done; a line holds its events together or not at all.
#pragma once

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "services/notify/core/alarm.hpp"

namespace hq::notify {

// Not thread-safe.
class OutageSpool {
 public:
  // Makes the directory and the file if absent. A torn last line, which nobody relied on, is cut
  // off; any other line that cannot be read is passed over and logged. kUnavailable if the disk
  // refuses.
  static Result<OutageSpool> Open(const std::string& directory);

  OutageSpool(OutageSpool&& other) noexcept;
  OutageSpool& operator=(OutageSpool&&) = delete;
  ~OutageSpool();

  // What is in it, oldest first.
  const std::vector<SpooledEvent>& events() const { return events_; }

  // Adds events, on disk when it returns. kUnavailable if the disk refuses: then they are in
  // events() of this process and not on disk.
  Status Append(const std::vector<SpooledEvent>& events);

  // Replaces what is in it, whole or not at all.
  Status Replace(std::vector<SpooledEvent> events);

 private:
  explicit OutageSpool(std::string directory) : directory_(std::move(directory)) {}
  Status Load();
  Status OpenFile();
  std::string Path() const { return directory_ + "/alarms.jsonl"; }

  std::string directory_;
  int file_ = -1;
  std::vector<SpooledEvent> events_;
};

}  // namespace hq::notify
