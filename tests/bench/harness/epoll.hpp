// Waits for many sockets at once; for drivers that speak over many connections from one thread.
#pragma once

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <span>

#include "common/base/check.hpp"

namespace hq::bench {

class Epoll {
 public:
  Epoll() : file_(epoll_create1(EPOLL_CLOEXEC)) { HQ_CHECK(file_ >= 0, "epoll can be had"); }
  ~Epoll() { close(file_); }
  Epoll(const Epoll&) = delete;
  Epoll& operator=(const Epoll&) = delete;

  // Tells when `socket` can be read; `tag` comes back from Wait.
  void Add(int socket, std::uint32_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = tag;
    HQ_CHECK(epoll_ctl(file_, EPOLL_CTL_ADD, socket, &event) == 0, "a socket can be watched");
  }

  // The tags of what is ready; none after 30 seconds. Valid until the next call.
  std::span<const std::uint32_t> Wait() {
    constexpr int kWaitMs = 30'000;
    std::array<epoll_event, 256> events{};
    const int count = epoll_wait(file_, events.data(), static_cast<int>(events.size()), kWaitMs);
    for (int i = 0; i < count; ++i)
      ready_[static_cast<std::size_t>(i)] = events[static_cast<std::size_t>(i)].data.u32;
    return {ready_.data(), static_cast<std::size_t>(count < 0 ? 0 : count)};
  }

 private:
  const int file_;
  std::array<std::uint32_t, 256> ready_{};
};

}  // namespace hq::bench
