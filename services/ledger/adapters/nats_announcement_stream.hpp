// The announcement stream on NATS: the JetStream stream HQ_EVENTS, as its only publisher sees it.
#pragma once

#include <memory>
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

  // On a connection of one life: once that is lost, nothing that was published on it arrives any
  // more, least of all in a stream that has lost its messages meanwhile; whoever needs the stream
  // opens it again. kUnavailable if nobody answers, kInvalidArgument for a malformed URL.
  static Result<std::unique_ptr<NatsAnnouncementStream>> Open(const AnnouncerSettings& settings);
  ~NatsAnnouncementStream() override;

  NatsAnnouncementStream(const NatsAnnouncementStream&) = delete;
  NatsAnnouncementStream& operator=(const NatsAnnouncementStream&) = delete;

  bool is_closed() const { return connection_->is_closed(); }

  // Its state; nothing if it is absent. kUnavailable.
  Result<std::optional<State>> Find();
  // Creates the stream if it is absent.
  Result<State> Ensure() override;
  Result<std::optional<std::string>> PayloadAt(std::uint64_t sequence) override;
  Result<std::uint64_t> Publish(const std::vector<Announcement>& announcements,
                                std::uint64_t last_sequence) override;

 private:
  struct Free {
    void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
  };
  using Message = std::unique_ptr<natsMsg, Free>;

  NatsAnnouncementStream() = default;
  static Result<Message> MessageOf(const Announcement& announcement,
                                   std::uint64_t expected_sequence);
  // Sends it and waits until it is stored as the stream's message `sequence`.
  Status AskToStore(natsMsg& message, std::uint64_t sequence);

  std::chrono::hours max_age_{0};
  std::unique_ptr<nats::Connection> connection_;
  jsCtx* js_ = nullptr;
};

}  // namespace hq::ledger
