#include "services/notify/adapters/http_answer.hpp"

#include <charconv>

namespace hq::notify {
namespace {

// Retry-After in seconds; dates, which chat services do not send, count as no wish.
std::chrono::milliseconds RetryAfter(const http::Response& response) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return {};
  std::int64_t seconds = 0;
  const std::string& text = header->second;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr std::int64_t kSecondsMax = 86'400;
  return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, kSecondsMax));
}

Answer::Kind KindOfStatus(int status) {
  constexpr int kRequestTimeout = 408;
  constexpr int kTooManyRequests = 429;
  if (status >= 200 && status < 300) return Answer::Kind::kTaken;
  if (status == kRequestTimeout || status == kTooManyRequests) return Answer::Kind::kNotNow;
  // A server that failed may have failed after it had posted the message.
  return status >= 500 ? Answer::Kind::kUnknown : Answer::Kind::kRefused;
}

}  // namespace

Answer PostJson(http::Client& client, const Message& message, const std::string& body,
                std::chrono::milliseconds timeout) {
  http::Request request;
  request.method = "POST";
  request.url = message.url;
  request.headers = {{"Content-Type", "application/json"},
                     {"Idempotency-Key", message.delivery_id}};
  request.body = body;
  request.timeout_ms = timeout.count();
  const auto response = client.Send(request);
  if (response.ok())
    return {KindOfStatus(response->status), RetryAfter(*response),
            "the channel answered HTTP " + std::to_string(response->status)};
  const Status& fault = response.status();
  if (absl::IsInvalidArgument(fault))
    return {Answer::Kind::kRefused, {}, "the channel's reference holds no URL that can be used"};
  const auto kind = absl::IsUnavailable(fault) ? Answer::Kind::kNotNow : Answer::Kind::kUnknown;
  return {kind, {}, std::string(fault.message())};
}

}  // namespace hq::notify
