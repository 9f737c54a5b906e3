// A gRPC server with health (`liveness`, `readiness`) and reflection that can describe everything,
// health too.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "common/base/result.hpp"
#include "common/runtime/component.hpp"

namespace hq::rpc {

class Server final : public Component {
 public:
  // Ready tells, whenever asked (about four times a second), whether the service can do its work.
  using Ready = std::function<bool()>;

  // Listening on port 0 takes a free port; see port(). kUnavailable if it cannot listen.
  static Result<std::unique_ptr<Server>> Start(const std::string& listen,
                                               const std::vector<grpc::Service*>& services,
                                               Ready ready);

  int port() const { return port_; }

  // Until `stop`: keeps `readiness` true to what Ready says. Then: not ready, and calls under way
  // have five seconds to end; nobody waits for connections without a call.
  void Run(std::stop_token stop) override;

 private:
  Server() = default;
  void Announce(bool is_ready);
  void CutIdleConnections(std::stop_token shut);

  int port_ = 0;
  Ready ready_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace hq::rpc
