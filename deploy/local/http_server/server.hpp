// A small HTTP/1.1 server: handler(Request) -> Response. Only complete requests within the limits
// reach the handler; a slow or oversized client costs a connection, never a handler's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "common/base/result.hpp"
#include "common/runtime/component.hpp"
#include "deploy/local/http_server/request.hpp"
#include "deploy/local/http_server/response.hpp"

namespace hq::http_server {

// Called on several threads at once. An exception becomes a 500.
using Handler = std::function<Response(const Request&)>;

class Server final : public Component {
 public:
  struct Options {
    std::string listen;  // "host:port"; port 0 picks a free one.
    std::size_t body_limit_bytes = 1 << 20;
    std::size_t header_limit_bytes = 16 << 10;
    std::size_t connections_max = 512;
    int handler_threads = 8;
    // How long a client may take to send one request or to take one response.
    std::chrono::seconds io_timeout{30};
  };

  // Binds at once; requests are served from Run on. kInvalidArgument if `listen` is not
  // address:port, kUnavailable if the port is taken.
  static Result<std::unique_ptr<Server>> Listen(const Options& options, Handler handler);
  ~Server() override;

  std::uint16_t port() const;

  // Serves until stopped; then accepts no more and ends when the running requests are answered.
  void Run(std::stop_token stop) override;

 private:
  struct Loop;
  explicit Server(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace hq::http_server
