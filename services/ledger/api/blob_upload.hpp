// PutBlob: takes the chunks of one content, bounded, and stores it when the caller has ended.
#pragma once

#include <grpcpp/grpcpp.h>

#include <string>

#include "common/grpc/handled.hpp"
#include "common/grpc/identity.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

// Owns itself until gRPC is done with it.
class BlobUpload final : public grpc::ServerReadReactor<v1::PutBlobRequest> {
 public:
  // A caller that was not let in, or has no place in `hub`, is answered at once. `log`, `handled`
  // and `hub` outlive it.
  BlobUpload(RocksEventLog& log, const rpc::Handled& handled, StreamHub& hub,
             grpc::CallbackServerContext& context, Result<rpc::Caller> caller,
             v1::PutBlobResponse& response);

  void OnReadDone(bool ok) override;
  void OnDone() override { delete this; }

 private:
  Status Store();

  RocksEventLog& log_;
  const rpc::Handled& handled_;
  grpc::CallbackServerContext& context_;
  const Result<rpc::Caller> caller_;
  const Result<std::unique_ptr<StreamHub::Place>> place_;  // The caller's refusal, if there is one.
  v1::PutBlobResponse& response_;
  v1::PutBlobRequest request_;
  std::string content_;
};

}  // namespace hq::ledger
