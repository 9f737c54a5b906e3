// The court: decision over gRPC.
#pragma once

#include <memory>
#include <string>

#include "hq/decision/v1/decision_service.grpc.pb.h"
#include "services/sync/ports.hpp"

namespace hq::sync {

class DecisionClient final : public Court {
 public:
  // `address` is host:port; nothing is connected before the first call. `token` is sync's own.
  DecisionClient(const std::string& address, std::string token);

  Result<decision::v1::AuthorizeResponse> Authorize(
      const decision::v1::AuthorizeRequest& request) override;
  Status LockCell(const std::string& branch, const std::string& reason,
                  const CommandMeta& meta) override;

 private:
  std::unique_ptr<decision::v1::DecisionService::Stub> stub_;
  std::string token_;
};

}  // namespace hq::sync
