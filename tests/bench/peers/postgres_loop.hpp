// One closed loop of appends over many PostgreSQL connections, driven by one thread: as soon as a
// connection's transaction is committed it gets the next.
#pragma once

#include <libpq-fe.h>

#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "tests/bench/harness/epoll.hpp"
#include "tests/bench/harness/meter.hpp"

namespace hq::bench {

// What the connection says of its last failure.
Status PostgresFailure(PGconn* connection);

class PostgresLoop {
 public:
  // Streams are named after `run`.
  PostgresLoop(const AppendLoad& load, std::string run, std::atomic<std::uint64_t>& acknowledged);

  // A connection more, which outlives the loop; its statement is prepared here.
  Status Add(PGconn* connection);

  Result<AppendResult> Run();

 private:
  struct Client {
    PGconn* connection = nullptr;
    std::string stream;
    std::uint64_t version = 0;
    SteadyTime sent_at;
    bool is_busy = false;
  };

  Status Send(Client& client);
  Status Receive(Client& client);

  const AppendLoad load_;
  const std::string run_;
  Meter meter_;
  Epoll epoll_;
  std::vector<Client> clients_;
  std::vector<std::string> payloads_;  // What is bound to the last parameter.
  std::uint64_t sent_ = 0;             // Events.
  int busy_ = 0;
};

}  // namespace hq::bench
