// What a server stream sends, one chunk at a time, each made at the earliest when the one before is
// on its way.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/result.hpp"

namespace hq::ledger {

using SteadyTime = std::chrono::steady_clock::time_point;

class ChunkSource {
 public:
  // A chunk, the end of the stream, or neither: there is nothing to send now.
  struct Step {
    std::optional<grpc::ByteBuffer> chunk;
    std::optional<Status> end;
  };

  virtual ~ChunkSource() = default;

  // Never called by two threads at once.
  virtual Step Next(SteadyTime now) = 0;

  // Of a subscription: the last position that its reader need not look at again; nothing for a
  // stream that ends by itself. Never called at the same time as Next.
  virtual std::optional<std::uint64_t> scanned_to() const { return std::nullopt; }
};

// Ends at once: a refusal.
class EndedSource final : public ChunkSource {
 public:
  explicit EndedSource(Status status) : status_(std::move(status)) {}
  Step Next(SteadyTime) override { return {std::nullopt, status_}; }

 private:
  const Status status_;
};

}  // namespace hq::ledger
