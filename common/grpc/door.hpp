// The one wrapper around every handler: who calls, whether they may, what the decision may know of
// the call, how a Status becomes a grpc::Status with details, and what is counted.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "common/base/clock.hpp"
#include "common/events/event_log.hpp"
#include "common/grpc/identity.hpp"
#include "common/runtime/metrics.hpp"

namespace hq::rpc {

// A call that was let in.
struct Call {
  Caller caller;
  CommandMeta meta;
};

// google.rpc.Status with ErrorInfo: reason, domain hq.dtslib.com and, where there is advice, the
// metadata `next_step`. kUnavailable and kResourceExhausted carry RetryInfo too.
grpc::Status ToGrpc(const Status& status);

// The inverse, for clients: code, message, and the advice out of the details.
Status FromGrpc(const grpc::Status& status);

// Thread-safe.
class Door {
 public:
  using Handler = std::function<Status(const Call&)>;

  // All outlive the door.
  Door(const Principals& principals, Clock& clock, runtime::Metrics& metrics)
      : principals_(principals), clock_(clock), metrics_(metrics) {}

  // Identity, right, scope, then `handler`; its Status is the answer. kUnauthenticated without a
  // known token, kPermissionDenied without the right, both before the request is looked at any
  // further.
  grpc::Status Answer(const grpc::ServerContextBase& context,
                      const google::protobuf::Message& request, const Handler& handler) const;

  // The first half of Answer, for handlers that finish later.
  Result<Call> Admit(const grpc::ServerContextBase& context,
                     const google::protobuf::Message& request) const;

 private:
  const Principals& principals_;
  Clock& clock_;
  runtime::Metrics& metrics_;
};

}  // namespace hq::rpc
