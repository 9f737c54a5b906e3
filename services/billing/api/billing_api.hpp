// The gRPC service of hq/billing/v1/billing_service.proto. Translates; never decides.
#pragma once

#include "common/events/session.hpp"
#include "common/grpc/door.hpp"
#include "common/projection/runner.hpp"
#include "hq/billing/v1/billing_service.grpc.pb.h"
#include "services/billing/views/all.hpp"

namespace hq::billing {

class BillingApi final : public v1::BillingService::Service {
 public:
  // All outlive the service.
  BillingApi(EventLog& log, const AllViews& views, projection::Runner& runner,
             const rpc::Door& door)
      : log_(log), views_(views), runner_(runner), door_(door) {}

  grpc::Status ApplyFile(grpc::ServerContext* context, const v1::ApplyFileRequest* request,
                         v1::ApplyFileResponse* response) override;
  grpc::Status GetUsage(grpc::ServerContext* context, const v1::GetUsageRequest* request,
                        v1::GetUsageResponse* response) override;

 private:
  Status Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
               v1::ApplyFileResponse& response) const;
  Status Show(const rpc::Caller& caller, const v1::GetUsageRequest& request,
              v1::GetUsageResponse& response) const;

  EventLog& log_;
  const AllViews& views_;
  projection::Runner& runner_;
  const rpc::Door& door_;
};

}  // namespace hq::billing
