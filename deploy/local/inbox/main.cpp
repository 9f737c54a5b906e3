// hq-inbox: receives what notify sends and can be read back.
//   POST /slack/{channel}   a JSON object with "text": 200 "ok"; else 400 "invalid_payload"
//   POST /webhook/{name}    any JSON: 200 {"ok":true}
//   GET  /messages[?box=slack/critical]   a JSON array of {time, box, headers, body}
// Settings: HQ_LISTEN (address:port), HQ_INBOX_DATA (a folder), and HQ_INBOX_FAIL_FIRST (how many
// first posts to each box get 503 with Retry-After: 1; 0 unless set).
#include "common/runtime/env.hpp"
#include "common/runtime/process.hpp"
#include "deploy/local/http_server/server.hpp"
#include "deploy/local/inbox/inbox.hpp"

namespace hq::inbox {

Status Run() {
  runtime::Env env;
  http_server::Server::Options options;
  options.listen = env.Required("HQ_LISTEN");
  const std::string folder = env.Required("HQ_INBOX_DATA");
  const auto fail_first = static_cast<int>(env.Number("HQ_INBOX_FAIL_FIRST", 0, 0, 1000));
  HQ_RETURN_IF_ERROR(env.Done());

  SystemClock clock;
  HQ_ASSIGN_OR_RETURN(const auto log, MessageLog::Open(folder));
  Inbox inbox(*log, clock, fail_first);
  HQ_ASSIGN_OR_RETURN(
      const auto server,
      http_server::Server::Listen(options, [&inbox](const http_server::Request& request) {
        return inbox.Handle(request);
      }));
  return runtime::RunUntilSignal({server.get()});
}

}  // namespace hq::inbox

int main() { return hq::runtime::Main("inbox", hq::inbox::Run); }
