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
  // Whether the service may answer at all now. Called for every call, from any thread.
  using Gate = std::function<Status()>;

  // All outlive the door. Without a gate it is always open.
  Door(const Principals& principals, Clock& clock, runtime::Metrics& metrics, Gate gate = {})
      : principals_(principals), clock_(clock), metrics_(metrics), gate_(std::move(gate)) {}

  // Identity, right, scope, then `handler`; its Status is the answer. kUnauthenticated without a
  // known token, kPermissionDenied without the right, both before the request is looked at any
  // further; then the gate's refusal, if it is closed.
  grpc::Status Answer(const grpc::ServerContextBase& context,
                      const google::protobuf::Message& request, const Handler& handler) const;

  // The first half of Answer, for handlers that finish later; what they count by is Handled.
  Result<Call> Admit(const grpc::ServerContextBase& context,
                     const google::protobuf::Message& request) const;

  runtime::Metrics& metrics() const { return metrics_; }

  // For what was let in once and goes on: a stream.
  Status CheckGate() const { return gate_ ? gate_() : absl::OkStatus(); }

 private:
  const Principals& principals_;
  Clock& clock_;
  runtime::Metrics& metrics_;
  const Gate gate_;
};

}  // namespace hq::rpc
