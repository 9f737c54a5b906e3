#include "common/http/retry.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace hq::http {
namespace {

using std::chrono::milliseconds;
using Kind = Verdict::Kind;

// 2026-01-18T02:11:44Z
const TimePoint kNow = FromMicros(std::int64_t{1'768'702'304} * 1'000'000);

Response Answer(int status, std::map<std::string, std::string> headers = {},
                std::string body = {}) {
  return {status, std::move(headers), std::move(body)};
}

TEST(Retry, ClassifiesByStatus) {
  struct Case {
    Response response;
    Kind when_read;
    Kind when_write;
    absl::StatusCode code_when_write;
  };
  const std::map<std::string, std::string> spent = {{"x-ratelimit-remaining", "0"}};
  const std::vector<Case> cases = {
      {Answer(201), Kind::kDone, Kind::kDone, absl::StatusCode::kOk},
      {Answer(301), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kFailedPrecondition},
      {Answer(401), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kUnauthenticated},
      {Answer(403), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kPermissionDenied},
      {Answer(403, spent), Kind::kTransient, Kind::kTransient, absl::StatusCode::kUnavailable},
      {Answer(403, {}, R"({"message":"You have exceeded a secondary rate limit."})"),
       Kind::kTransient, Kind::kTransient, absl::StatusCode::kUnavailable},
      {Answer(404), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kNotFound},
      {Answer(409), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kAborted},
      {Answer(422), Kind::kPermanent, Kind::kPermanent, absl::StatusCode::kInvalidArgument},
      {Answer(429), Kind::kTransient, Kind::kTransient, absl::StatusCode::kUnavailable},
      {Answer(500), Kind::kTransient, Kind::kUnknown, absl::StatusCode::kDeadlineExceeded},
      {Answer(503), Kind::kTransient, Kind::kUnknown, absl::StatusCode::kDeadlineExceeded},
  };
  for (const auto& one : cases) {
    const int status = one.response.status;
    EXPECT_EQ(Classify(one.response, /*is_read=*/true, kNow).kind, one.when_read) << status;
    const Verdict write = Classify(one.response, /*is_read=*/false, kNow);
    EXPECT_EQ(write.kind, one.when_write) << status;
    EXPECT_EQ(CodeOf(write, status), one.code_when_write) << status;
  }
}

TEST(Retry, ClassifiesWhatHadNoAnswer) {
  EXPECT_EQ(Classify(absl::UnavailableError(""), false).kind, Kind::kTransient);
  EXPECT_EQ(Classify(absl::DeadlineExceededError(""), false).kind, Kind::kUnknown);
  EXPECT_EQ(Classify(absl::DeadlineExceededError(""), true).kind, Kind::kTransient);
  EXPECT_EQ(Classify(absl::InvalidArgumentError(""), false).kind, Kind::kPermanent);
}

TEST(Retry, TheServersWishGoesFirst) {
  const auto wish = [](std::map<std::string, std::string> headers) {
    return Classify(Answer(429, std::move(headers)), true, kNow).retry_after;
  };
  EXPECT_EQ(wish({{"retry-after", "7"}}), milliseconds(7'000));
  EXPECT_EQ(wish({{"retry-after", "Sun, 18 Jan 2026 02:12:44 GMT"}}), milliseconds(60'000));
  EXPECT_EQ(wish({{"retry-after", "Sun, 18 Jan 2026 02:10:44 GMT"}}), milliseconds(0));
  EXPECT_EQ(wish({{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", "1768702334"}}),
            milliseconds(30'000));
  EXPECT_EQ(wish({{"x-ratelimit-remaining", "5"}, {"x-ratelimit-reset", "1768702334"}}),
            std::nullopt);
  EXPECT_EQ(wish({{"retry-after", "soon"}}), std::nullopt);
  EXPECT_EQ(wish({{"retry-after", ""}}), std::nullopt);
  // Nobody is kept waiting for ever.
  EXPECT_EQ(wish({{"retry-after", "999999999"}}), milliseconds(3'600'000));
  EXPECT_EQ(wish({{"retry-after", "-5"}}), milliseconds(0));
}

TEST(Retry, BacksOffWithFullJitter) {
  const Backoff backoff{milliseconds(500), milliseconds(60'000)};
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (std::uint32_t attempt : {0u, 1u, 2u, 8u, 1000u, std::numeric_limits<std::uint32_t>::max()}) {
    EXPECT_EQ(DelayBefore(attempt, 0, backoff), milliseconds(0)) << attempt;
    EXPECT_LE(DelayBefore(attempt, kMost, backoff), backoff.longest) << attempt;
  }
  EXPECT_EQ(DelayBefore(1, 500, backoff), milliseconds(500));
  EXPECT_EQ(DelayBefore(1, 501, backoff), milliseconds(0));
  EXPECT_EQ(DelayBefore(3, 2'000, backoff), milliseconds(2'000));
  EXPECT_EQ(DelayBefore(20, 60'000, backoff), milliseconds(60'000));
  EXPECT_EQ(DelayBefore(9, 3, {milliseconds(0), milliseconds(0)}), milliseconds(0));
}

}  // namespace
}  // namespace hq::http
