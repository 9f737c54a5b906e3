// One of the people at headquarters, calling decision and sync directly: what hqctl would say for
// them, without a program started for every call.
#pragma once

#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "deploy/local/house/house.hpp"
#include "hq/decision/v1/decision_service.grpc.pb.h"
#include "hq/sync/v1/sync_service.grpc.pb.h"

namespace hq::demo {

class Desk {
 public:
  // With the token of `who`. The house is up.
  static Result<std::unique_ptr<Desk>> Open(const house::House& house, const std::string& who);

  // The id of the release; the id of the rollout.
  Result<std::string> CreateRelease(const std::string& ref);
  Result<std::string> PlanRollout(const std::string& release_id);

  // kUnavailable if sync did not answer: the command may have been taken, send it again.
  Status StartRollout(const std::string& rollout_id, const std::string& command_id);

  Status Unlock(const std::string& cell, const std::string& reason);

  // As of that position at least.
  Result<decision::v1::ListCellsResponse> Cells(Position min_position);

 private:
  Desk() = default;

  std::string token_;
  std::unique_ptr<sync::v1::SyncService::Stub> sync_;
  std::unique_ptr<decision::v1::DecisionService::Stub> decision_;
};

}  // namespace hq::demo
