// One HTTP response. The server adds Content-Length, Date and Connection; the rest is the
// handler's.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace hq::http_server {

struct Response {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

}  // namespace hq::http_server
