// AppendStream: takes appends without waiting for the answers in between, and answers them in the
// order in which they came, as many in one message as are known. Who leaves the answers unread is
// ended.
#pragma once

#include <grpcpp/grpcpp.h>

#include <deque>
#include <memory>
#include <mutex>

#include "common/grpc/door.hpp"
#include "common/grpc/handled.hpp"
#include "services/ledger/adapters/rocks_event_log.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

// Owns itself until gRPC is done with it and every append is answered. Thread-safe.
class AppendStream final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                           public InboundStream {
 public:
  // A caller that was not let in, or has no place, is answered at once. `log`, `door`, `handled`
  // and `hub` outlive every stream; each append passes the door's gate.
  static AppendStream* Start(RocksEventLog& log, const rpc::Door& door, const rpc::Handled& handled,
                             StreamHub& hub, grpc::CallbackServerContext& context,
                             Result<rpc::Call> call);

  // Stuck is a stream with an answer that has been on its way for too long. A caller for whom
  // nothing is on its way may be silent for as long as he likes.
  void EndIfStuck(SteadyTime now) override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Pending;

  // What is under way; outlives the stream if appends are still to be answered.
  struct State {
    std::mutex mutex;
    AppendStream* stream = nullptr;  // Null once gRPC is done with it.
    std::deque<std::shared_ptr<Pending>> pending;
    std::size_t bytes = 0;  // Of what is pending: requests, and outcomes as soon as they are known.
    bool is_reading = false;
    bool is_writing = false;
    bool is_half_closed = false;  // The caller sends no more.
    bool is_finished = false;
    SteadyTime since;  // Of what is being written, or of the end.
  };

  AppendStream(RocksEventLog& log, const rpc::Door& door, const rpc::Handled& handled,
               StreamHub& hub, grpc::CallbackServerContext& context, rpc::Call call,
               std::unique_ptr<StreamHub::Place> place);
  void Take();
  static void Answer(const std::shared_ptr<State>& state, Pending& pending,
                     const Result<v1::AppendResponse>& result);
  // All of these with the mutex held.
  void ReadOn();
  void WriteKnown();
  void EndIfDone();
  void End(const Status& status);

  RocksEventLog& log_;
  const rpc::Door& door_;
  const rpc::Handled& handled_;
  StreamHub& hub_;
  grpc::CallbackServerContext& context_;
  const rpc::Call call_;
  const std::unique_ptr<StreamHub::Place> place_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
};

}  // namespace hq::ledger
