// The Ledger gRPC service. Translates; never decides. Records leave as the bytes that were stored.
#pragma once

#include <memory>

#include "common/grpc/door.hpp"
#include "common/grpc/handled.hpp"
#include "common/runtime/component.hpp"
#include "hq/ledger/v1/ledger_service.grpc.pb.h"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/chunk_source.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

struct StreamLimits {
  std::chrono::milliseconds sign_of_life{5'000};
  // With a reader that takes nothing, and with whoever stops in the middle of a blob.
  std::chrono::milliseconds patience{30'000};
  // Open at a time, half of them by one caller; blobs are not among them. Each may hold two chunks,
  // of 512 KiB or in ReadStream of 1 MiB, the last records, up to 4 MiB, or appends and their
  // outcomes, up to 8 MiB: gigabytes while all are left unread, and the house needs some dozens.
  std::size_t streams_max = 1'000;
  // On their way in or out at a time, half of them by one caller; each is held whole, up to 64 MiB.
  std::size_t blobs_max = 16;
};

// The generated service, with those methods raw whose messages hold records or large content.
using LedgerMethods = v1::LedgerService::WithRawCallbackMethod_Append<
    v1::LedgerService::WithRawCallbackMethod_AppendStream<
        v1::LedgerService::WithCallbackMethod_Head<v1::LedgerService::WithCallbackMethod_PutBlob<
            v1::LedgerService::WithRawCallbackMethod_ReadStream<
                v1::LedgerService::WithRawCallbackMethod_Read<
                    v1::LedgerService::WithRawCallbackMethod_Subscribe<
                        v1::LedgerService::WithRawCallbackMethod_Get<
                            v1::LedgerService::WithRawCallbackMethod_Explain<
                                v1::LedgerService::WithRawCallbackMethod_GetBlob<
                                    v1::LedgerService::Service>>>>>>>>>>;

// Thread-safe. Must outlive the server.
class LedgerApi final : public LedgerMethods, public Component {
 public:
  using Bytes = grpc::ByteBuffer;
  using Context = grpc::CallbackServerContext;
  using Unary = grpc::ServerUnaryReactor;
  using Writer = grpc::ServerWriteReactor<Bytes>;

  // All outlive it.
  LedgerApi(RocksEventLog& log, const rpc::Door& door, runtime::Metrics& metrics,
            StreamLimits limits = {});
  // Not inline: each place that had it so would compile all of gRPC's handlers again.
  ~LedgerApi() override;

  // Wakes subscriptions when there is news; ends what is not read; ends every stream of records
  // when told to stop or when the door's gate is closed.
  void Run(std::stop_token stop) override;

  // Who subscribes, and how far behind. From any thread.
  void Fill(v1::LedgerStatus& status) const { hub_.Fill(status); }

  Unary* Append(Context* context, const Bytes* request, Bytes* response) override;
  grpc::ServerBidiReactor<Bytes, Bytes>* AppendStream(Context* context) override;
  Unary* Head(Context* context, const v1::HeadRequest* request,
              v1::HeadResponse* response) override;
  Unary* Get(Context* context, const Bytes* request, Bytes* response) override;
  Unary* Explain(Context* context, const Bytes* request, Bytes* response) override;
  Writer* ReadStream(Context* context, const Bytes* request) override;
  Writer* Read(Context* context, const Bytes* request) override;
  Writer* Subscribe(Context* context, const Bytes* request) override;
  grpc::ServerReadReactor<v1::PutBlobRequest>* PutBlob(Context* context,
                                                       v1::PutBlobResponse* response) override;
  Writer* GetBlob(Context* context, const Bytes* request) override;

 private:
  // A stream of the method that `handled` counts, with a place in `hub`: what `make` makes, if the
  // caller was let in.
  template <class Make>
  Writer* Stream(Context* context, StreamHub& hub, const rpc::Handled& handled,
                 const Result<rpc::Call>& call, const Make& make);
  void EndAll(const Status& status);

  RocksEventLog& log_;
  const rpc::Door& door_;
  const StreamLimits limits_;
  StreamHub hub_;
  StreamHub blobs_;
  const rpc::Handled append_{door_, v1::AppendRequest::descriptor()};
  const rpc::Handled append_stream_{door_, v1::AppendStreamRequest::descriptor()};
  const rpc::Handled get_{door_, v1::GetRequest::descriptor()};
  const rpc::Handled explain_{door_, v1::ExplainRequest::descriptor()};
  const rpc::Handled read_stream_{door_, v1::ReadStreamRequest::descriptor()};
  const rpc::Handled read_{door_, v1::ReadRequest::descriptor()};
  const rpc::Handled subscribe_{door_, v1::SubscribeRequest::descriptor()};
  const rpc::Handled put_blob_{door_, v1::PutBlobRequest::descriptor()};
  const rpc::Handled get_blob_{door_, v1::GetBlobRequest::descriptor()};
};

}  // namespace hq::ledger
