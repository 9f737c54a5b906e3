// The Notify gRPC service. Translates; never decides.
#pragma once

#include "common/events/event_log.hpp"
#include "common/grpc/door.hpp"
#include "common/projection/runner.hpp"
#include "hq/notify/v1/notify_service.grpc.pb.h"
#include "services/notify/views/deliveries.hpp"

namespace hq::notify {

class NotifyApi final : public v1::NotifyService::Service {
 public:
  // All outlive the api.
  NotifyApi(const rpc::Door& door, EventLog& log, const Deliveries& deliveries,
            projection::Runner& runner)
      : door_(door), log_(log), deliveries_(deliveries), runner_(runner) {}

  grpc::Status ApplyFile(grpc::ServerContext* context, const v1::ApplyFileRequest* request,
                         v1::ApplyFileResponse* response) override;
  grpc::Status ListDeliveries(grpc::ServerContext* context,
                              const v1::ListDeliveriesRequest* request,
                              v1::ListDeliveriesResponse* response) override;

 private:
  const rpc::Door& door_;
  EventLog& log_;
  const Deliveries& deliveries_;
  projection::Runner& runner_;
};

}  // namespace hq::notify
