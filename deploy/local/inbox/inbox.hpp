// The inbox: an HTTP end that takes what notify sends, as Slack or a webhook would, and gives it
// back to whoever asks. What it acknowledged it keeps.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "common/base/clock.hpp"
#include "deploy/local/http_server/request.hpp"
#include "deploy/local/http_server/response.hpp"
#include "deploy/local/inbox/message_log.hpp"

namespace hq::inbox {

// Safe from any thread.
class Inbox {
 public:
  // The first `fail_first` posts to each box since the start of the process are answered with 503.
  Inbox(MessageLog& log, Clock& clock, int fail_first)
      : log_(log), clock_(clock), fail_first_(fail_first) {}

  http_server::Response Handle(const http_server::Request& request);

 private:
  http_server::Response Post(const std::string& kind, const std::string& name,
                             const http_server::Request& request);
  bool IsFailing(const std::string& box);

  MessageLog& log_;
  Clock& clock_;
  const int fail_first_;
  std::mutex mutex_;
  std::map<std::string, int> posts_;
};

}  // namespace hq::inbox
