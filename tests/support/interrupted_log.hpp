// Another's log, in front of which something happens between what was read and the next append.
#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include "common/events/event_log.hpp"

namespace hq::testing {

class InterruptedLog final : public EventLog {
 public:
  // `log` outlives it. `meanwhile` is called once, on the thread of the first append, before it.
  InterruptedLog(EventLog& log, std::function<void()> meanwhile)
      : log_(log), meanwhile_(std::move(meanwhile)) {}

  void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) override {
    if (meanwhile_) std::exchange(meanwhile_, {})();
    log_.AppendAsync(std::move(request), [this, done = std::move(done)](auto answer) {
      if (AdviceOf(answer.status()).reason == "DIVERGED") ++diverged;
      done(std::move(answer));
    });
  }
  Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest& request) override {
    return log_.ReadStream(request);
  }
  Result<Page> Read(const ledger::v1::ReadRequest& request) override { return log_.Read(request); }
  Result<ledger::v1::HeadResponse> Head() override { return log_.Head(); }
  Result<Recorded> Get(const ledger::v1::GetRequest& request) override { return log_.Get(request); }
  Result<std::string> PutBlob(std::string_view content) override { return log_.PutBlob(content); }
  Result<std::string> GetBlob(std::string_view sha256) override { return log_.GetBlob(sha256); }

  std::atomic<int> diverged = 0;  // Appends that were refused so.

 private:
  EventLog& log_;
  std::function<void()> meanwhile_;
};

}  // namespace hq::testing
