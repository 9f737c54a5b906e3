// The Operations gRPC service. Translates; never decides.
#pragma once

#include "common/grpc/door.hpp"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "services/ledger/api/status_board.hpp"

namespace hq::ledger {

// Thread-safe. Must outlive the server.
class OperationsApi final : public v1::OperationsService::CallbackService {
 public:
  // Both outlive it.
  OperationsApi(const StatusBoard& board, const rpc::Door& door) : board_(board), door_(door) {}

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;

 private:
  const StatusBoard& board_;
  const rpc::Door& door_;
};

}  // namespace hq::ledger
