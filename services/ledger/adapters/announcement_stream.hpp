// The JetStream stream HQ_EVENTS, as its only publisher sees it. Nothing is stored there but behind
// the sequence that the publisher expects.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/nats/connection.hpp"
#include "services/ledger/adapters/announcer_settings.hpp"
#include "services/ledger/core/announcement.hpp"

namespace hq::ledger {

// Not thread-safe: belongs to the announcer's thread, or to a recovery.
class AnnouncementStream {
 public:
  static constexpr const char* kName = "HQ_EVENTS";
  static constexpr const char* kSubjects = "hq.events.>";

  struct State {
    std::uint64_t messages = 0;
    std::uint64_t first_sequence = 0;
    std::uint64_t last_sequence = 0;  // Stays when everything has aged out.
  };

  // Opens a connection in the background. kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<AnnouncementStream>> Open(const AnnouncerSettings& settings);
  ~AnnouncementStream();

  AnnouncementStream(const AnnouncementStream&) = delete;
  AnnouncementStream& operator=(const AnnouncementStream&) = delete;

  bool is_connected() const { return connection_->is_connected(); }
  bool is_closed() const { return connection_->is_closed(); }
  std::uint64_t reconnects() const { return connection_->reconnects(); }

  // Its state; nothing if it is absent. kUnavailable.
  Result<std::optional<State>> Find();

  // Its state; creates it if it is absent. kUnavailable.
  Result<State> Ensure();

  // A stored message's payload; nothing if it is gone. kUnavailable.
  Result<std::optional<std::string>> PayloadAt(std::uint64_t sequence);

  // Publishes in order, all in flight at once, each on condition that nothing but its predecessor
  // came before it. Returns the sequence of the last. On kUnavailable any number of them may be
  // stored: read the state again.
  Result<std::uint64_t> Publish(const std::vector<Announcement>& announcements,
                                std::uint64_t last_sequence);

 private:
  // What the client's threads report. They touch it last when `pending` falls.
  struct Acks {
    std::mutex mutex;
    std::condition_variable changed;
    std::size_t pending = 0;
    std::uint64_t last_sequence = 0;
    std::string error;
  };

  AnnouncementStream() = default;
  Status Send(const Announcement& announcement, std::uint64_t expected_sequence);
  bool WaitForAcks(std::chrono::milliseconds timeout);
  static void OnAck(jsCtx* js, natsMsg* message, jsPubAck* ack, jsPubAckErr* error, void* acks);

  std::chrono::hours max_age_{0};
  std::unique_ptr<nats::Connection> connection_;
  jsCtx* js_ = nullptr;
  std::unique_ptr<Acks> acks_ = std::make_unique<Acks>();
};

}  // namespace hq::ledger
