// Gathers what a verdict rests on: the fences read fresh from the ledger, so that their versions
// are exact, and decision's own views for the rest. Whatever cannot be read is an error, never an
// allow.
#pragma once

#include "common/events/event_log.hpp"
#include "common/projection/runner.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "services/decision/views/all.hpp"

namespace hq::decision {

// Thread-safe.
class Authorizer {
 public:
  // All outlive the authorizer.
  Authorizer(EventLog& log, const AllViews& views, projection::Runner& runner)
      : log_(log), views_(views), runner_(runner) {}

  // kInvalidArgument if the question makes no sense; kUnavailable while the ledger is away, or the
  // views have not caught up, are of a life of it that was given up, or do not come to
  // `min_position`; kFailedPrecondition, reason WRITTEN_BY_A_NEWER_VERSION.
  Status Authorize(const v1::AuthorizeRequest& request, v1::AuthorizeResponse& response) const;

 private:
  EventLog& log_;
  const AllViews& views_;
  projection::Runner& runner_;
};

}  // namespace hq::decision
