// Another's log, as it is. A log for tests derives from it and overrides only what is to differ.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/events/event_log.hpp"

namespace hq::testing {

class ForwardingEventLog : public EventLog {
 public:
  // `log` outlives it.
  explicit ForwardingEventLog(EventLog& log) : log_(log) {}

  void AppendAsync(ledger::v1::AppendRequest request, OnAppended done) override {
    log_.AppendAsync(std::move(request), std::move(done));
  }
  Result<StreamSlice> ReadStream(const ledger::v1::ReadStreamRequest& request) override {
    return log_.ReadStream(request);
  }
  Result<Page> Read(const ledger::v1::ReadRequest& request) override { return log_.Read(request); }
  Result<ledger::v1::HeadResponse> Head() override { return log_.Head(); }
  Result<Recorded> Get(const ledger::v1::GetRequest& request) override { return log_.Get(request); }
  Result<std::string> PutBlob(std::string_view content) override { return log_.PutBlob(content); }
  Result<std::string> GetBlob(std::string_view sha256) override { return log_.GetBlob(sha256); }

 private:
  EventLog& log_;
};

}  // namespace hq::testing
