// A real HTTP server on the loopback that answers as it is told to and keeps what it got.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "deploy/local/http_server/server.hpp"

namespace hq::notify {

class Receiver {
 public:
  explicit Receiver(http_server::Response response)
      : server_(*http_server::Server::Listen({.listen = "127.0.0.1:0"},
                                             [this, response](const http_server::Request& request) {
                                               std::lock_guard lock(mutex_);
                                               got_.push_back(request);
                                               return response;
                                             })),
        thread_([this](std::stop_token stop) { server_->Run(stop); }) {}

  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(server_->port()) + "/hook/secret-part";
  }
  std::vector<http_server::Request> got() const {
    std::lock_guard lock(mutex_);
    return got_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<http_server::Request> got_;
  std::unique_ptr<http_server::Server> server_;
  std::jthread thread_;
};

}  // namespace hq::notify
