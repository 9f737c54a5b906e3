// What an HTTP outcome means for whoever would try again, and how long to wait before that. Pure:
// the time and the random number are arguments.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "common/base/clock.hpp"
#include "common/http/client.hpp"

namespace hq::http {

struct Verdict {
  enum class Kind {
    kDone,       // 2xx.
    kTransient,  // Not taken; may be tried again.
    kUnknown,    // Perhaps taken: look whether it was, then perhaps try again.
    kPermanent,  // Trying the same again is of no use.
  };
  Kind kind = Kind::kPermanent;
  // What the server asks for: it goes before any delay of our own.
  std::optional<std::chrono::milliseconds> retry_after;
};

// A server's answer. Transient: 408, 425, 429, a 403 that speaks of a rate limit, and 5xx. A 5xx
// to a method that changes something may come after the change: unknown. `now` is for servers that
// name a point in time.
Verdict Classify(const Response& response, bool is_read, TimePoint now);

// No answer: what Client::Send returned.
Verdict Classify(const Status& fault, bool is_read);

// kUnavailable for transient, kDeadlineExceeded for unknown; for permanent by status:
// kUnauthenticated, kPermissionDenied, kNotFound, kAborted (409), kInvalidArgument (400, 422), else
// kFailedPrecondition. kOk for kDone.
absl::StatusCode CodeOf(const Verdict& verdict, int http_status);

struct Backoff {
  std::chrono::milliseconds first{500};
  std::chrono::milliseconds longest{60'000};
};

// Full jitter: anywhere from zero to first * 2^(attempt-1), or `longest` if that is less; `random`
// is uniform over its whole range. `attempt` counts the attempts that failed, from 1.
std::chrono::milliseconds DelayBefore(std::uint32_t attempt, std::uint64_t random,
                                      const Backoff& backoff = {});

}  // namespace hq::http
