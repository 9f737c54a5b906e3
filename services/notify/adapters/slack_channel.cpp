#include "services/notify/adapters/slack_channel.hpp"

#include <nlohmann/json.hpp>

#include "services/notify/adapters/http_answer.hpp"

namespace hq::notify {
namespace {

// The three characters that Slack's markup would take for its own: text from outside must not ping
// a whole workspace or hide a link.
std::string EscapedForSlack(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace

Answer SlackChannel::Send(const Message& message, std::chrono::milliseconds timeout) {
  const nlohmann::json body = {{"text", EscapedForSlack(message.notice.text())}};
  return PostJson(client_, message,
                  body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), timeout);
}

}  // namespace hq::notify
