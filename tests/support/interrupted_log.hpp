// Another's log, in front of which something happens between what was read and the next append.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "tests/support/forwarding_event_log.hpp"

namespace hq::testing {

class InterruptedLog final : public ForwardingEventLog {
 public:
  // `log` outlives it. `meanwhile` is called once, on the thread of the first append, before it.
  InterruptedLog(EventLog& log, std::function<void()> meanwhile)
      : ForwardingEventLog(log), meanwhile_(std::move(meanwhile)) {}

  void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) override {
    if (meanwhile_) std::exchange(meanwhile_, {})();
    const auto count = [this, done = std::move(done)](auto answer) {
      if (AdviceOf(answer.status()).reason == "DIVERGED") ++diverged;
      done(std::move(answer));
    };
    ForwardingEventLog::AppendAsync(std::move(request), count);
  }

  std::atomic<int> diverged = 0;  // Appends that were refused so.

 private:
  std::function<void()> meanwhile_;
};

}  // namespace hq::testing
