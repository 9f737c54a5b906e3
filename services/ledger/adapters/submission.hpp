// An append on its way to the committer.
#pragma once

#include <google/protobuf/arena.h>

#include <chrono>
#include <memory>
#include <utility>

#include "common/events/event_log.hpp"
#include "services/ledger/core/appender.hpp"

namespace hq::ledger {

// A request that stays where it is while its holder is moved: the group that takes it keeps views
// into it. On an arena where it came from the wire, since a batch has thousands of small fields.
class HeldRequest {
 public:
  explicit HeldRequest(v1::AppendRequest request)
      : owned_(std::make_unique<v1::AppendRequest>(std::move(request))), request_(owned_.get()) {}

  // `request` lies on the arena.
  HeldRequest(std::unique_ptr<google::protobuf::Arena> arena, v1::AppendRequest* request)
      : arena_(std::move(arena)), request_(request) {}

  v1::AppendRequest& operator*() { return *request_; }
  const v1::AppendRequest& operator*() const { return *request_; }
  v1::AppendRequest* operator->() { return request_; }
  const v1::AppendRequest* operator->() const { return request_; }

 private:
  std::unique_ptr<google::protobuf::Arena> arena_;
  std::unique_ptr<v1::AppendRequest> owned_;
  v1::AppendRequest* request_;
};

// An append that has passed every check that needs no state.
struct Submission {
  Appender appender;
  HeldRequest request;    // Complete: actor, role, digest.
  std::size_t bytes = 0;  // Of the request on the wire.
  EventLog::OnAppended done;
  std::chrono::steady_clock::time_point since;
};

}  // namespace hq::ledger
