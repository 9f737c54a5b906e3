// One server stream: at most one chunk in flight and the next one ready, so that a slow reader
// costs two chunks of memory and nobody else's time.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <mutex>
#include <optional>

#include "common/grpc/handled.hpp"
#include "services/ledger/api/chunk_source.hpp"
#include "services/ledger/api/stream_hub.hpp"

namespace hq::ledger {

// Owns itself until gRPC is done with it. Thread-safe.
class ChunkStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  // `hub` and `handled` outlive every stream. One that only says a refusal needs no place.
  ChunkStream(StreamHub& hub, const rpc::Handled& handled, grpc::CallbackServerContext& context,
              std::unique_ptr<ChunkSource> source, std::unique_ptr<StreamHub::Place> place = {});

  // Sends what there is, if nothing is in flight; ends the stream of a reader that does not read.
  void Pump(SteadyTime now);

  // How far the reader of a subscription has come; nothing for any other stream.
  std::optional<std::uint64_t> ScannedTo();

  // Ends the stream, unless it has ended.
  void End(const Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  // Sends the next chunk, or ends; while a chunk is in flight the one behind it is read.
  void Step(SteadyTime now);
  void Finish(const Status& status, SteadyTime now);

  StreamHub& hub_;
  const rpc::Handled& handled_;
  grpc::CallbackServerContext& context_;
  const std::unique_ptr<StreamHub::Place> place_;
  std::mutex mutex_;
  std::unique_ptr<ChunkSource> source_;
  grpc::ByteBuffer chunk_;                   // In flight.
  std::optional<ChunkSource::Step> ready_;   // What comes behind it, if that is known.
  std::optional<std::uint64_t> scanned_to_;  // The source's, as of what was sent.
  bool is_writing_ = false;
  bool is_finished_ = false;
  SteadyTime since_;  // Of what is in flight, or of the end.
};

}  // namespace hq::ledger
