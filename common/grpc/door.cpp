#include "common/grpc/door.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "common/base/ids.hpp"
#include "common/grpc/rights.hpp"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace hq::rpc {
namespace {

constexpr std::string_view kDomain = "hq.dtslib.com";
constexpr std::size_t kCommandIdBytesMax = 128;
constexpr std::size_t kPrincipalBytesMax = 128;

std::string HeaderOf(const grpc::ServerContextBase& context, const std::string& name) {
  const auto& headers = context.client_metadata();
  const auto it = headers.find(name);
  return it == headers.end() ? "" : std::string(it->second.data(), it->second.size());
}

// Deterministic serialisation is the same bytes for the same command as long as requests have no
// map fields, and ours have none.
std::string DigestOf(const google::protobuf::MethodDescriptor& method,
                     const google::protobuf::Message& request) {
  std::string bytes = method.full_name() + '\0';
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  return Sha256(bytes);
}

Result<Caller> Identify(const Principals& principals, const grpc::ServerContextBase& context) {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string header = HeaderOf(context, "authorization");
  if (header.starts_with(kScheme))
    if (const auto caller = principals.Find(std::string_view(header).substr(kScheme.size())))
      return *caller;
  return Refusal(absl::StatusCode::kUnauthenticated, "a known bearer token is needed",
                 "TOKEN_MISSING_OR_UNKNOWN",
                 "Send the metadata `authorization: Bearer <token>` with a token of this HQ.");
}

Status BadMetadata(std::string_view message) {
  return Refusal(absl::StatusCode::kInvalidArgument, message, "INVALID_METADATA",
                 "Correct the call's metadata and send it again.");
}

// Only a service may speak for somebody else.
Status NameActor(const grpc::ServerContextBase& context, const Caller& caller, CommandMeta& meta) {
  meta.actor = caller.principal;
  meta.role = caller.role;
  const std::string actor = HeaderOf(context, "hq-actor");
  const std::string role = HeaderOf(context, "hq-actor-role");
  if (actor.empty() && role.empty()) return absl::OkStatus();
  if (caller.role != kServiceRole)
    return Refusal(absl::StatusCode::kPermissionDenied, "only a service may name another actor",
                   "ACTOR_NOT_ALLOWED", "Leave out the metadata hq-actor and hq-actor-role.");
  if (actor.empty() || role.empty() || actor.size() > kPrincipalBytesMax ||
      role.size() > kPrincipalBytesMax)
    return BadMetadata("hq-actor and hq-actor-role must both be named, 128 bytes at most each");
  meta.actor = actor;
  meta.role = role;
  return absl::OkStatus();
}

}  // namespace

grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const Advice advice = AdviceOf(status);
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  google::rpc::ErrorInfo info;
  info.set_reason(advice.reason.empty() ? absl::StatusCodeToString(status.code()) : advice.reason);
  info.set_domain(std::string(kDomain));
  if (!advice.next_step.empty()) (*info.mutable_metadata())["next_step"] = advice.next_step;
  details.add_details()->PackFrom(info);
  if (status.code() == absl::StatusCode::kResourceExhausted ||
      status.code() == absl::StatusCode::kUnavailable) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(1);
    details.add_details()->PackFrom(retry);
  }
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()),
          details.SerializeAsString()};
}

Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  Advice advice;
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details()))
    for (const auto& detail : details.details()) {
      google::rpc::ErrorInfo info;
      if (!detail.UnpackTo(&info)) continue;
      advice.reason = info.reason();
      const auto next_step = info.metadata().find("next_step");
      if (next_step != info.metadata().end()) advice.next_step = next_step->second;
    }
  return WithAdvice(
      Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message()), advice);
}

Result<Call> Door::Admit(const grpc::ServerContextBase& context,
                         const google::protobuf::Message& request) const {
  Call call;
  HQ_ASSIGN_OR_RETURN(call.caller, Identify(principals_, context));
  HQ_RETURN_IF_ERROR(CheckRight(call.caller, request));
  HQ_RETURN_IF_ERROR(NameActor(context, call.caller, call.meta));
  HQ_RETURN_IF_ERROR(CheckGate());
  call.meta.now = clock_.Now();
  call.meta.command_id = HeaderOf(context, "hq-command-id");
  call.meta.correlation_id = HeaderOf(context, "hq-correlation-id");
  call.meta.causation_id = HeaderOf(context, "hq-causation-id");
  call.meta.traceparent = HeaderOf(context, "traceparent");
  if (call.meta.command_id.size() > kCommandIdBytesMax)
    return BadMetadata("hq-command-id: more than 128 bytes");
  if (!call.meta.command_id.empty())
    call.meta.command_digest = DigestOf(*MethodOf(request.GetDescriptor()), request);
  return call;
}

grpc::Status Door::Answer(const grpc::ServerContextBase& context,
                          const google::protobuf::Message& request, const Handler& handler) const {
  const auto start = std::chrono::steady_clock::now();
  const auto call = Admit(context, request);
  const Status status = call.ok() ? handler(*call) : call.status();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto* method = MethodOf(request.GetDescriptor());
  const runtime::Labels labels{{"grpc_service", method ? method->service()->full_name() : ""},
                               {"grpc_method", method ? method->name() : ""}};
  runtime::Labels handled = labels;
  handled["grpc_code"] = absl::StatusCodeToString(status.code());
  metrics_.Add("grpc_server_handled_total", handled);
  metrics_.Observe("grpc_server_handling_seconds", took.count(), labels);
  return ToGrpc(status);
}

}  // namespace hq::rpc
