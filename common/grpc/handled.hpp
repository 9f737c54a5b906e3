// Counts how the calls of one method end: `grpc_server_handled_total`, for handlers that do not go
// through Door::Answer. Each counter is looked up once, so that a call costs an atomic addition.
#pragma once

#include <google/protobuf/descriptor.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <mutex>
#include <optional>

#include "common/base/result.hpp"
#include "common/grpc/door.hpp"
#include "common/runtime/metrics.hpp"

namespace hq::rpc {

// Thread-safe.
class Handled {
 public:
  // Of the method whose request is `request`. The door's metrics outlive it.
  Handled(const Door& door, const google::protobuf::Descriptor* request);
  Handled(const Handled&) = delete;
  Handled& operator=(const Handled&) = delete;

  // A call has ended with that status: counts it, and says it as gRPC does.
  grpc::Status End(const Status& status) const;

 private:
  static constexpr std::size_t kCodes = 17;  // gRPC's canonical ones, from OK on.

  // Looked up when a call ends so for the first time: codes that never come have no row.
  struct Answers {
    std::once_flag is_known;
    std::optional<runtime::Counter> counter;
  };

  runtime::Metrics& metrics_;
  const google::protobuf::MethodDescriptor* const method_;
  mutable std::array<Answers, kCodes> answers_;  // By code.
};

}  // namespace hq::rpc
