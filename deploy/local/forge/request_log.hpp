// One JSON line for every request, appended before its answer is sent: what the log does not show
// was not answered. The proof of "no pull request twice".
#pragma once

#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>

#include "common/base/clock.hpp"
#include "common/base/result.hpp"
#include "deploy/local/http_server/request.hpp"

namespace hq::forge {

// Safe from any thread.
class RequestLog {
 public:
  // Appends to the file at `path`; without a path nothing is kept. kUnavailable if it cannot be
  // opened.
  static Result<std::unique_ptr<RequestLog>> Open(const std::string& path, Clock& clock);
  ~RequestLog();
  RequestLog(const RequestLog&) = delete;
  RequestLog& operator=(const RequestLog&) = delete;

  // `principal` is empty where nobody was identified. `audit` is an object or null.
  void Append(const http_server::Request& request, int status, const std::string& principal,
              const nlohmann::json& audit);

 private:
  RequestLog(int file, Clock& clock) : file_(file), clock_(clock) {}

  int file_;
  Clock& clock_;
  std::mutex mutex_;
};

}  // namespace hq::forge
