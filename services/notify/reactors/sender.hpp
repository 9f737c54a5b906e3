// One attempt on a channel, and what it comes to: the same for deliveries that are pending on the
// ledger and for alarms about the ledger.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/runtime/metrics.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "services/notify/ports.hpp"

namespace hq::notify {

// Between a call's time-out and the time by which its attempt says that it has ended.
inline constexpr std::chrono::milliseconds kAttemptMargin{2'000};

// Thread-safe.
class Sender {
 public:
  // By kind: slack, kakao, webhook.
  using Channels = std::map<std::string, Channel*>;
  // Turns "env:NAME" into a URL. kFailedPrecondition naming the reference, never the URL.
  using ResolveUrl = std::function<Result<std::string>(const std::string& reference)>;

  // The channels and `metrics` outlive it. An attempt ends within `call_timeout`.
  Sender(Channels channels, ResolveUrl resolve_url, std::chrono::milliseconds call_timeout,
         runtime::Metrics& metrics)
      : channels_(std::move(channels)),
        resolve_url_(std::move(resolve_url)),
        call_timeout_(call_timeout),
        metrics_(metrics) {}

  std::chrono::milliseconds call_timeout() const { return call_timeout_; }

  Result<std::string> UrlOf(const std::string& reference) const { return resolve_url_(reference); }

  // Makes one attempt to deliver what was intended to `url`.
  Answer Send(const std::string& delivery_id, const ledger::v1::EffectIntended& intended,
              const std::string& url) const;

 private:
  const Channels channels_;
  const ResolveUrl resolve_url_;
  const std::chrono::milliseconds call_timeout_;
  runtime::Metrics& metrics_;
};

// What attempt number `attempt` settles; nothing if it is to be made again. `may_be_doubled` says
// that an attempt before it may have been a delivery.
std::optional<ledger::v1::EffectSettled> OutcomeOf(const Answer& answer, std::uint32_t attempt,
                                                   bool may_be_doubled);

// A delivery that will not be made.
ledger::v1::EffectSettled Failed(const std::string& error);

}  // namespace hq::notify
