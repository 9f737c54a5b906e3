// Slack's incoming webhooks: one text a message. Slack does not recognise a repetition, so a
// message may be doubled after a crash.
#pragma once

#include "common/http/client.hpp"
#include "services/notify/ports.hpp"

namespace hq::notify {

class SlackChannel final : public Channel {
 public:
  // The client outlives the channel.
  explicit SlackChannel(http::Client& client) : client_(client) {}

  Answer Send(const Message& message, std::chrono::milliseconds timeout) override;

 private:
  http::Client& client_;
};

}  // namespace hq::notify
