// How people write a time or a position: what is taken is printed and read again the same.
#include <string>

#include "common/base/check.hpp"
#include "common/base/clock.hpp"
#include "services/ledger/core/until.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool Moment(std::string_view bytes) {
  const auto until = ledger::Until::Parse(bytes);
  const auto time_us = MicrosOfRfc3339(bytes);
  if (!until.ok()) {
    CheckRefusal(until.status());
    HQ_CHECK(AdviceOf(until.status()).reason == "INVALID_MOMENT", "whatever is wrong with it");
    HQ_CHECK(!time_us, "a time is a moment");
    return false;
  }
  HQ_CHECK(!until->position || !until->time_us, "it is one or the other");
  if (until->position) {
    HQ_CHECK(*until->position > 0, "positions begin at 1");
    HQ_CHECK(bytes.ends_with(std::to_string(*until->position)),
             "the position is what stands there");
  }
  if (!until->time_us) return true;
  HQ_CHECK(time_us == until->time_us, "a time is a time");
  constexpr std::int64_t kReachUs = 9'000'000'000'000'000;  // Years that a TimePoint has.
  if (*time_us > kReachUs || *time_us < -kReachUs) return true;
  const std::string printed = ToRfc3339(FromMicros(*time_us));
  HQ_CHECK(MicrosOfRfc3339(printed) == time_us, "printed and read again it is the same");
  HQ_CHECK(UtcDay(FromMicros(*time_us)).size() == 8 && UtcMonth(FromMicros(*time_us)).size() == 7,
           "a day and a month have their digits");
  return true;
}

}  // namespace hq::fuzz
