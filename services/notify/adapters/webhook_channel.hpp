// A webhook of one's own: the notice as JSON, for a receiver that may recognise a repetition by its
// id.
#pragma once

#include "common/http/client.hpp"
#include "services/notify/ports.hpp"

namespace hq::notify {

class WebhookChannel final : public Channel {
 public:
  // The client outlives the channel.
  explicit WebhookChannel(http::Client& client) : client_(client) {}

  // Body: {"id","event","severity","branch","txn","occurred_at","text"}, all strings.
  Answer Send(const Message& message, std::chrono::milliseconds timeout) override;

 private:
  http::Client& client_;
};

}  // namespace hq::notify
