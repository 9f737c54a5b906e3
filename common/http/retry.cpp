#include "common/http/retry.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <string_view>

namespace hq::http {
namespace {

using std::chrono::milliseconds;

// Nobody waits longer than this because a server says so.
constexpr std::chrono::seconds kRetryAfterMax(3600);

std::string HeaderOf(const Response& response, const std::string& name) {
  const auto header = response.headers.find(name);
  return header == response.headers.end() ? std::string() : header->second;
}

std::optional<std::int64_t> WholeNumber(const std::string& text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  const bool is_whole = !text.empty() && parsed.ec == std::errc() && parsed.ptr == end;
  return is_whole ? std::optional(number) : std::nullopt;
}

milliseconds Bounded(std::chrono::seconds wish) {
  return std::clamp(wish, std::chrono::seconds(0), kRetryAfterMax);
}

milliseconds Until(std::int64_t epoch_seconds, TimePoint now) {
  constexpr std::int64_t kMicros = 1'000'000;
  constexpr std::int64_t kEpochSecondsMax = 253'402'300'799;  // The year 9999.
  const std::int64_t due = std::clamp<std::int64_t>(epoch_seconds, 0, kEpochSecondsMax);
  return Bounded(std::chrono::seconds(due - ToMicros(now) / kMicros));
}

// Retry-After as seconds or as a date; else GitHub's x-ratelimit-reset where nothing is left.
std::optional<milliseconds> WishOf(const Response& response, TimePoint now) {
  const std::string wish = HeaderOf(response, "retry-after");
  if (const auto seconds = WholeNumber(wish))
    return Bounded(std::chrono::seconds(std::clamp<std::int64_t>(*seconds, 0, 1'000'000)));
  tm date = {};
  const char* const rest = strptime(wish.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (!wish.empty() && rest && *rest == '\0') return Until(timegm(&date), now);
  const auto reset = WholeNumber(HeaderOf(response, "x-ratelimit-reset"));
  if (reset && HeaderOf(response, "x-ratelimit-remaining") == "0") return Until(*reset, now);
  return std::nullopt;
}

// GitHub refuses by 403 both who may not and who asks too often.
bool IsRateLimit(const Response& response) {
  return response.headers.contains("retry-after") ||
         HeaderOf(response, "x-ratelimit-remaining") == "0" ||
         response.body.find("rate limit") != std::string::npos;
}

bool IsNotNow(const Response& response) {
  constexpr int kForbidden = 403;
  constexpr int kRequestTimeout = 408;
  constexpr int kTooEarly = 425;
  constexpr int kTooManyRequests = 429;
  return response.status == kRequestTimeout || response.status == kTooEarly ||
         response.status == kTooManyRequests ||
         (response.status == kForbidden && IsRateLimit(response));
}

}  // namespace

Verdict Classify(const Response& response, bool is_read, TimePoint now) {
  using Kind = Verdict::Kind;
  if (response.status >= 200 && response.status < 300) return {Kind::kDone, std::nullopt};
  if (IsNotNow(response)) return {Kind::kTransient, WishOf(response, now)};
  if (response.status < 500) return {Kind::kPermanent, std::nullopt};
  return {is_read ? Kind::kTransient : Kind::kUnknown, WishOf(response, now)};
}

Verdict Classify(const Status& fault, bool is_read) {
  using Kind = Verdict::Kind;
  if (fault.ok()) return {Kind::kDone, std::nullopt};
  if (absl::IsUnavailable(fault)) return {Kind::kTransient, std::nullopt};
  const bool has_no_answer = absl::IsDeadlineExceeded(fault) || absl::IsResourceExhausted(fault);
  if (has_no_answer) return {is_read ? Kind::kTransient : Kind::kUnknown, std::nullopt};
  return {Kind::kPermanent, std::nullopt};
}

absl::StatusCode CodeOf(const Verdict& verdict, int http_status) {
  if (verdict.kind == Verdict::Kind::kDone) return absl::StatusCode::kOk;
  if (verdict.kind == Verdict::Kind::kTransient) return absl::StatusCode::kUnavailable;
  if (verdict.kind == Verdict::Kind::kUnknown) return absl::StatusCode::kDeadlineExceeded;
  switch (http_status) {
    case 400:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
    case 410:
      return absl::StatusCode::kNotFound;
    case 409:
      return absl::StatusCode::kAborted;
    default:
      return absl::StatusCode::kFailedPrecondition;
  }
}

milliseconds DelayBefore(std::uint32_t attempt, std::uint64_t random, const Backoff& backoff) {
  const std::uint32_t doublings = attempt == 0 ? 0 : attempt - 1;
  const std::int64_t longest_ms = backoff.longest.count();
  std::int64_t most_ms = std::min(backoff.first, backoff.longest).count();
  for (std::uint32_t i = 0; i < doublings && most_ms < longest_ms; ++i)
    most_ms = most_ms > longest_ms / 2 ? longest_ms : most_ms * 2;
  const auto choices = static_cast<std::uint64_t>(std::max<std::int64_t>(most_ms, 0)) + 1;
  return milliseconds(static_cast<std::int64_t>(random % choices));
}

}  // namespace hq::http
