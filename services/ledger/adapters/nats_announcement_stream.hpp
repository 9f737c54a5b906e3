// The announcement stream on NATS: the JetStream stream HQ_EVENTS, as its only publisher sees it.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/nats/connection.hpp"
#include "services/ledger/adapters/announcement_stream.hpp"
#include "services/ledger/adapters/announcer_settings.hpp"

namespace hq::ledger {

// Not thread-safe: belongs to the announcer's thread, or to a recovery.
class NatsAnnouncementStream final : public AnnouncementStream {
 public:
  static constexpr const char* kName = "HQ_EVENTS";
  static constexpr const char* kSubjects = "hq.events.>";

  // Opens a connection in the background. kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<NatsAnnouncementStream>> Open(const AnnouncerSettings& settings);
  ~NatsAnnouncementStream() override;

  NatsAnnouncementStream(const NatsAnnouncementStream&) = delete;
  NatsAnnouncementStream& operator=(const NatsAnnouncementStream&) = delete;

  bool is_connected() const { return connection_->is_connected(); }
  bool is_closed() const { return connection_->is_closed(); }
  std::uint64_t reconnects() const { return connection_->reconnects(); }

  // Its state; nothing if it is absent. kUnavailable.
  Result<std::optional<State>> Find();
  // Creates the stream if it is absent.
  Result<State> Ensure() override;
  Result<std::optional<std::string>> PayloadAt(std::uint64_t sequence) override;
  Result<std::uint64_t> Publish(const std::vector<Announcement>& announcements,
                                std::uint64_t last_sequence) override;

 private:
  // What the client's threads report. They touch it last when `pending` falls.
  struct Acks {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t pending = 0;
    std::uint64_t last_sequence = 0;
    std::string error;
  };

  NatsAnnouncementStream() = default;
  Status Send(const Announcement& announcement, std::uint64_t expected_sequence);
  bool WaitForAcks(std::chrono::milliseconds timeout);
  static void OnAck(jsCtx* js, natsMsg* message, jsPubAck* ack, jsPubAckErr* error, void* acks);

  std::chrono::hours max_age_{0};
  std::unique_ptr<nats::Connection> connection_;
  jsCtx* js_ = nullptr;
  std::unique_ptr<Acks> acks_ = std::make_unique<Acks>();
};

}  // namespace hq::ledger
