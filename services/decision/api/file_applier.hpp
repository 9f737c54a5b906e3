// Applies the registry's files: each as a whole and in one append, or not at all; the same content
// again appends nothing. A dry run does all of it but the append.
#pragma once

#include "common/events/session.hpp"
#include "hq/decision/v1/decision_service.pb.h"

namespace hq::decision {

// Thread-safe.
class FileApplier {
 public:
  // `log` outlives the applier.
  explicit FileApplier(EventLog& log) : log_(log) {}

  // kInvalidArgument naming the file and the JSON path; otherwise as Transact.
  Status Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
               v1::ApplyFileResponse& response) const;

 private:
  EventLog& log_;
};

}  // namespace hq::decision
