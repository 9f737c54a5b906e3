// A gRPC server with health (`liveness`, `readiness`) and reflection that can describe everything,
// health too. What callers may make it hold is bounded.
#pragma once

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/component.hpp"

namespace hq::rpc {

// Bounds, for every service alike; the reasons stand with the numbers in the .cpp. A message has 8
// MiB at most, the metadata of a call 8 KiB. A connection has 1 000 calls at a time; the next one
// waits in its client. gRPC holds 512 MiB for all connections together; before that it takes less
// from everybody, beyond it ends calls, whosever they are. Handlers that block have 256 threads;
// the next call is RESOURCE_EXHAUSTED at once. A peer that has been silent for a minute is pinged,
// and its calls end if it has not answered 30 s later; clients may ping every 10 s. How many
// streams there may be in all is for the service to say (the ledger's StreamHub does).
class Server final : public Component {
 public:
  // Ready tells, whenever asked (about four times a second), whether the service can do its work.
  using Ready = std::function<bool()>;

  // How long calls under way have to end, unless Start is told otherwise.
  static constexpr std::chrono::seconds kGrace{5};

  // Listening on port 0 takes a free port; see port(). kUnavailable if it cannot listen.
  static Result<std::unique_ptr<Server>> Start(const std::string& listen,
                                               const std::vector<grpc::Service*>& services,
                                               Ready ready, std::chrono::seconds grace = kGrace);

  int port() const { return port_; }

  // Until `stop`: keeps `readiness` true to what Ready says. Then: not ready, and calls under way
  // have the grace to end; nobody waits for connections without a call.
  void Run(std::stop_token stop) override;

 private:
  Server() = default;
  void Announce(bool is_ready);
  void CutIdleConnections(std::stop_token shut);

  int port_ = 0;
  Ready ready_;
  std::chrono::seconds grace_ = kGrace;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace hq::rpc
