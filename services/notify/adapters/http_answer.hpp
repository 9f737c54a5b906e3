// What an HTTP answer means for a delivery: taken, refused for good, or to be tried again.
#pragma once

#include "common/http/client.hpp"
#include "services/notify/ports.hpp"

namespace hq::notify {

// Posts JSON, with the delivery's id as Idempotency-Key, and classifies what comes back. Redirects
// are refusals: a webhook does not move. The text never holds the URL or the answer's body.
Answer PostJson(http::Client& client, const Message& message, const std::string& body,
                std::chrono::milliseconds timeout);

}  // namespace hq::notify
