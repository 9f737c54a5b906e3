// Whether a program of the house can do its work, asked from outside.
#pragma once

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

namespace hq::house {

// Not thread-safe.
class Readiness {
 public:
  // A service: gRPC health says SERVING for `readiness`. nats: it greets. Others: they answer HTTP.
  bool IsReady(const std::string& name, const std::string& address);

 private:
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_;  // By address.
};

}  // namespace hq::house
