// What a server's status and headers mean for whoever would try again: never a wait that a server
// could stretch for ever.
#include <chrono>

#include "common/base/check.hpp"
#include "common/http/retry.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/input.hpp"

namespace hq::fuzz {

// Input: lines of status, retry-after, x-ratelimit-remaining, x-ratelimit-reset; then the body.
bool HttpAnswer(std::string_view bytes) {
  using namespace std::chrono_literals;
  Input input(bytes);
  http::Response response;
  for (const char digit : input.Line())
    if (digit >= '0' && digit <= '9' && response.status < 10'000)
      response.status = response.status * 10 + (digit - '0');
  for (const char* name : {"retry-after", "x-ratelimit-remaining", "x-ratelimit-reset"})
    if (const auto value = input.Line(); !value.empty()) response.headers[name] = value;
  response.body = input.rest();
  const TimePoint now = FromMicros(1'770'000'000'000'000);
  for (const bool is_read : {true, false}) {
    const http::Verdict verdict = http::Classify(response, is_read, now);
    if (verdict.retry_after)
      HQ_CHECK(*verdict.retry_after >= 0ms && *verdict.retry_after <= 1h, "a wait is bounded");
    const bool is_done = verdict.kind == http::Verdict::Kind::kDone;
    HQ_CHECK(is_done == (response.status >= 200 && response.status < 300), "2xx is done");
    HQ_CHECK((http::CodeOf(verdict, response.status) == absl::StatusCode::kOk) == is_done,
             "what is done is OK");
    HQ_CHECK(!is_read || verdict.kind != http::Verdict::Kind::kUnknown, "a read changes nothing");
  }
  const auto delay = http::DelayBefore(input.Byte(), input.Number());
  HQ_CHECK(delay >= 0ms && delay <= 60s, "a delay is bounded");
  return response.status >= 200;
}

}  // namespace hq::fuzz
