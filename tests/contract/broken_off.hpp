// A server that hangs up where it likes: it answers each connection with the next of the bytes that
// it was given, whatever is asked, and closes it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/base/check.hpp"

namespace hq::testing {

class BrokenOff {
 public:
  // The last of the answers is given again and again. Calls have no body.
  explicit BrokenOff(std::vector<std::string> answers)
      : answers_(std::move(answers)), listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    HQ_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                 listen(listener_, SOMAXCONN) == 0 &&
                 getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0,
             "the loopback has a free port");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~BrokenOff() {
    shutdown(listener_, SHUT_RDWR);  // Ends accept.
    thread_.join();
    close(listener_);
  }
  BrokenOff(const BrokenOff&) = delete;
  BrokenOff& operator=(const BrokenOff&) = delete;

  std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::size_t answered() const { return answered_; }

 private:
  void Serve() {
    for (;;) {
      const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) return;
      std::string call;
      char bytes[4'096];
      while (call.find("\r\n\r\n") == std::string::npos) {
        const ssize_t count = recv(connection, bytes, sizeof(bytes), 0);
        if (count <= 0) break;
        call.append(bytes, static_cast<std::size_t>(count));
      }
      const std::size_t which = answered_++;
      const std::string& answer = answers_[std::min(which, answers_.size() - 1)];
      const ssize_t sent = send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
      HQ_CHECK(sent < 0 || static_cast<std::size_t>(sent) == answer.size(), "answers are short");
      close(connection);
    }
  }

  const std::vector<std::string> answers_;
  const int listener_;
  int port_ = 0;
  std::atomic<std::size_t> answered_ = 0;
  std::jthread thread_;
};

}  // namespace hq::testing
