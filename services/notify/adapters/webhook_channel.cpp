#include "services/notify/adapters/webhook_channel.hpp"

#include <nlohmann/json.hpp>

#include "common/base/clock.hpp"
#include "services/notify/adapters/http_answer.hpp"

namespace hq::notify {
namespace {

std::string_view SeverityWord(options::v1::Severity severity) {
  if (severity == options::v1::SEVERITY_CRITICAL) return "critical";
  return severity == options::v1::SEVERITY_WARNING ? "warning" : "info";
}

}  // namespace

Answer WebhookChannel::Send(const Message& message, std::chrono::milliseconds timeout) {
  const auto& notice = message.notice;
  const nlohmann::json body = {
      {"id", message.delivery_id},
      {"event", notice.event()},
      {"severity", std::string(SeverityWord(notice.severity()))},
      {"branch", notice.branch()},
      {"txn", notice.txn_id()},
      {"occurred_at", ToRfc3339(FromMicros(notice.occurred_at_us()))},
      {"text", notice.text()},
  };
  return PostJson(client_, message,
                  body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), timeout);
}

}  // namespace hq::notify
