// The Operations gRPC service. Translates; never decides.
#pragma once

#include "common/grpc/door.hpp"
#include "common/grpc/handled.hpp"
#include "hq/ledger/v1/operations_service.grpc.pb.h"
#include "services/ledger/api/status_board.hpp"
#include "services/ledger/reactors/backup_reactor.hpp"

namespace hq::ledger {

// Thread-safe. Must outlive the server.
class OperationsApi final : public v1::OperationsService::CallbackService {
 public:
  // All outlive it. `backups` may be null: there is no archive then.
  OperationsApi(const StatusBoard& board, BackupReactor* backups, const rpc::Door& door);
  // Not inline: each place that had it so would compile all of gRPC's handlers again.
  ~OperationsApi() override;

  grpc::ServerUnaryReactor* GetStatus(grpc::CallbackServerContext* context,
                                      const v1::GetStatusRequest* request,
                                      v1::GetStatusResponse* response) override;
  grpc::ServerUnaryReactor* BackUp(grpc::CallbackServerContext* context,
                                   const v1::BackUpRequest* request,
                                   v1::BackUpResponse* response) override;

 private:
  const StatusBoard& board_;
  BackupReactor* const backups_;
  const rpc::Door& door_;
  const rpc::Handled back_up_{door_, v1::BackUpRequest::descriptor()};
};

}  // namespace hq::ledger
