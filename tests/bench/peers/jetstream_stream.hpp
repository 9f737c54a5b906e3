// The stream of events on a JetStream server: made, asked, read by an ordered consumer.
#pragma once

#include <nats/nats.h>

#include <cstdint>
#include <memory>

#include "common/nats/connection.hpp"

namespace hq::bench {

inline constexpr const char* kStreamName = "BENCH";
inline constexpr const char* kStreamSubjects = "bench.>";

// Not thread-safe.
class JetStreamStream {
 public:
  static Result<std::unique_ptr<JetStreamStream>> Connect(const nats::Login& login);
  ~JetStreamStream();

  // Deletes the stream, if it is there, and makes it again, empty.
  Status MakeAnew();

  Result<std::uint64_t> LastSequence();

  // Reads the first `events` messages with an ordered consumer; events a second. Payloads are not
  // looked at.
  Result<double> ReadOrdered(std::uint64_t events);

 private:
  JetStreamStream() = default;

  std::unique_ptr<nats::Connection> connection_;
  jsCtx* context_ = nullptr;
};

// What a NATS call failed with.
Status NatsFailure(const char* what, natsStatus status);

}  // namespace hq::bench
