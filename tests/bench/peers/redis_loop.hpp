// One closed loop of appends over many Redis connections, driven by one thread: as soon as a
// connection's pipeline is answered it gets the next.
#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "tests/bench/harness/epoll.hpp"
#include "tests/bench/harness/meter.hpp"

namespace hq::bench {

class RedisLoop {
 public:
  // Entities are named after `run`. `script` is the SHA-1 of the versioned append; empty for plain
  // XADDs.
  RedisLoop(const AppendLoad& load, std::string run, std::string script,
            std::atomic<std::uint64_t>& acknowledged);

  // One connection more.
  Status Connect(const std::string& unix_socket);

  Result<AppendResult> Run();

 private:
  struct Closer {
    void operator()(redisContext* context) const { redisFree(context); }
  };
  struct Client {
    std::unique_ptr<redisContext, Closer> context;
    std::string entity;
    std::uint64_t version = 0;
    int answers_left = 0;
    SteadyTime sent_at;
  };

  Status Send(Client& client);
  Status Receive(Client& client);
  void Queue(Client& client, const std::string& event);

  const AppendLoad load_;
  const std::string run_;
  const std::string script_;
  Meter meter_;
  Epoll epoll_;
  std::vector<Client> clients_;
  std::vector<std::string> events_;
  std::uint64_t sent_ = 0;  // Events.
  int busy_ = 0;            // Connections.
};

}  // namespace hq::bench
