// One closed loop of asynchronous publications to JetStream. The acknowledgement's callback only
// notes who was acknowledged; the loop's own thread publishes.
#pragma once

#include <nats/nats.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "common/nats/connection.hpp"
#include "tests/bench/harness/meter.hpp"

namespace hq::bench {

class JetStreamPublisher {
 public:
  static Result<std::unique_ptr<JetStreamPublisher>> Connect(
      const nats::Login& login, const AppendLoad& load, std::atomic<std::uint64_t>& acknowledged);
  ~JetStreamPublisher();

  // `last_sequence` is the stream's.
  Result<AppendResult> Run(std::uint64_t last_sequence);

 private:
  // One message on its way at a time.
  struct Slot {
    std::string subject;
    std::uint64_t last_sequence = 0;  // Of the subject.
    SteadyTime sent_at;
  };
  struct Answer {
    std::size_t slot = 0;
    std::uint64_t sequence = 0;
    std::string error;
  };

  JetStreamPublisher(const AppendLoad& load, std::atomic<std::uint64_t>& acknowledged);
  bool IsStreaming() const { return load_.kind == AppendLoad::Kind::kStreaming; }
  Status Send(std::size_t slot);
  Status Take(const Answer& answer);
  std::deque<Answer> NextAnswers();
  static void OnAck(jsCtx* context, natsMsg* message, jsPubAck* ack, jsPubAckErr* error,
                    void* closure);

  const AppendLoad load_;
  Meter meter_;
  std::vector<std::string> payloads_;
  std::vector<Slot> slots_;
  std::uint64_t stream_sequence_ = 0;  // Expected next by a streaming publisher.
  std::uint64_t sent_ = 0;             // Events.
  std::size_t busy_ = 0;

  std::mutex mutex_;
  std::condition_variable answered_;
  std::deque<Answer> answers_;

  std::unique_ptr<nats::Connection> connection_;
  jsCtx* context_ = nullptr;
};

}  // namespace hq::bench
