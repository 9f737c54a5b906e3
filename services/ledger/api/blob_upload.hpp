// PutBlob: takes the chunks of one content, bounded, and stores it when the caller has ended. Who
// stops in the middle is ended.
#pragma once

#include <grpcpp/grpcpp.h>

#include <mutex>
#include <string>

#include "common/grpc/handled.hpp"
#include "common/grpc/identity.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

// Owns itself until gRPC is done with it. Thread-safe.
class BlobUpload final : public grpc::ServerReadReactor<v1::PutBlobRequest>, public InboundStream {
 public:
  // A caller that was not let in, may not store blobs, or has no place in `hub`, is answered before
  // anything is taken. `log`, `handled` and `hub` outlive it.
  BlobUpload(RocksEventLog& log, const rpc::Handled& handled, StreamHub& hub,
             grpc::CallbackServerContext& context, Result<rpc::Caller> caller,
             v1::PutBlobResponse& response);

  void EndIfStuck(SteadyTime now) override;

  void OnReadDone(bool ok) override;
  void OnDone() override;

 private:
  Status Take();
  Status Store();
  // Both with the mutex held.
  void ReadOn();
  void End(const Status& status);

  RocksEventLog& log_;
  const rpc::Handled& handled_;
  StreamHub& hub_;
  grpc::CallbackServerContext& context_;
  const Result<rpc::Caller> caller_;
  const Result<std::unique_ptr<StreamHub::Place>> place_;  // The caller's refusal, if there is one.
  v1::PutBlobResponse& response_;
  v1::PutBlobRequest request_;
  std::mutex mutex_;
  std::string content_;  // Its reader's; while nothing is read, OnReadDone's alone.
  bool is_reading_ = false;
  bool is_finished_ = false;
  SteadyTime since_;  // Of the waiting for a chunk, or of the end.
};

}  // namespace hq::ledger
