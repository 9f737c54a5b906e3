// kill-switch: commands of decision. Where decision cannot be reached the switch is engaged through
// the ledger alone; it is never released that way.
#include "cli/commands.hpp"
#include "common/base/clock.hpp"
#include "common/base/ids.hpp"
#include "common/events/event_name.hpp"
#include "hq/decision/v1/events.pb.h"

namespace hq::cli {
namespace {

namespace decision = hq::decision::v1;
namespace v1 = hq::ledger::v1;
using LedgerStub = v1::LedgerService::Stub;

constexpr std::chrono::seconds kStopPatience(15);  // With a decision that hangs.

Status AskDecision(const Context& context, const decision::ActivateKillSwitchRequest& request,
                   decision::ActivateKillSwitchResponse& response) {
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kStopPatience), context.invocation.command_id);
  return rpc::FromGrpc(context.services.decision().ActivateKillSwitch(&call, request, &response));
}

// Decision is not there, or does not answer. One whose view is behind has engaged the switch.
bool IsDecisionDown(const Status& status) {
  return (absl::IsUnavailable(status) && AdviceOf(status).reason != "VIEW_BEHIND") ||
         absl::IsDeadlineExceeded(status);
}

// The ledger does not know which cells there are; a misspelt one must not pass for stopped.
Status RequireCell(const Context& context, const std::string& cell) {
  constexpr std::chrono::seconds kTimeout(15);
  if (!IsCellId(cell) || cell == kHqBranch)
    return Refusal(absl::StatusCode::kInvalidArgument, "not a cell's id: " + cell,
                   "MALFORMED_CELL_ID", "Name a cell as the registry does.");
  v1::ReadStreamRequest request;
  request.set_stream("cell-" + cell);
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kTimeout), "");
  const auto reader = context.services.ledger().ReadStream(&call, request);
  v1::ReadStreamResponse chunk;
  std::uint64_t version = 0;
  while (reader->Read(&chunk)) version = chunk.stream_version();
  HQ_RETURN_IF_ERROR(rpc::FromGrpc(reader->Finish()));
  if (version > 0) return absl::OkStatus();
  return Refusal(absl::StatusCode::kNotFound, "no such cell: " + cell, "UNKNOWN_CELL",
                 "Name a cell as the registry does, or stop everything: --scope global.");
}

Status StopThroughLedger(const Context& context, const Status& why) {
  const std::string& scope = context.invocation.scope;
  const bool is_global = scope == "global";
  context.output.Note("decision cannot be reached (" + std::string(why.message()) +
                      "): engaging the kill switch through the ledger");
  if (!is_global) HQ_RETURN_IF_ERROR(RequireCell(context, scope));
  decision::KillSwitchEvent event;
  event.mutable_kill_switch_activated()->set_reason(context.invocation.reason);
  v1::AppendRequest request;
  request.set_command_id(context.invocation.command_id);
  auto* append = request.add_appends();
  append->set_stream("kill_switch-" + scope);
  auto* added = append->add_events();
  added->set_branch(is_global ? std::string(kHqBranch) : scope);
  added->set_event(EventNameOf(event));
  added->set_schema_version(1);
  added->mutable_data()->PackFrom(event);
  v1::AppendResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.ledger(), &LedgerStub::Append, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("kill switch " + scope + " is engaged: nothing new enters");
  context.output.Note(
      "what had entered before it is not listed; ask again when decision is back: hqctl "
      "kill-switch on");
  return absl::OkStatus();
}

}  // namespace

Status KillSwitchOn(const Context& context) {
  decision::ActivateKillSwitchRequest request;
  request.set_scope(context.invocation.scope);
  request.set_reason(context.invocation.reason);
  decision::ActivateKillSwitchResponse response;
  const Status asked = AskDecision(context, request, response);
  if (IsDecisionDown(asked)) return StopThroughLedger(context, asked);
  HQ_RETURN_IF_ERROR(asked);
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("kill switch " + request.scope() + " is engaged: nothing new enters");
  if (response.in_flight().empty()) return absl::OkStatus();
  context.output.Note("these attempts had entered before it and end by themselves:");
  Table table({"KIND", "CELL", "ENDS BEFORE", "STREAM"});
  for (const auto& attempt : response.in_flight())
    table.Add({attempt.kind(), attempt.branch(), ToRfc3339(FromMicros(attempt.not_after_us())),
               attempt.stream()});
  context.output.Data(table);
  return absl::OkStatus();
}

Status KillSwitchOff(const Context& context) {
  decision::ReleaseKillSwitchRequest request;
  request.set_scope(context.invocation.scope);
  request.set_reason(context.invocation.reason);
  decision::ReleaseKillSwitchResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.decision(),
                          &decision::DecisionService::Stub::ReleaseKillSwitch, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("kill switch " + request.scope() + " is released");
  context.output.Note("nothing resumes by itself: hqctl rollout list, then hqctl rollout resume");
  return absl::OkStatus();
}

Status KillSwitchStatus(const Context& context) {
  decision::GetPolicyRequest request;
  request.set_min_position(context.invocation.min_position);
  decision::GetPolicyResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.decision(),
                          &decision::DecisionService::Stub::GetPolicy, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  Table table({"SCOPE", "SINCE", "BY", "REASON"});
  for (const auto& engaged : response.engaged())
    table.Add({engaged.scope(), ToRfc3339(FromMicros(engaged.since_us())), engaged.actor(),
               engaged.reason()});
  if (response.engaged().empty()) context.output.Note("no kill switch is engaged");
  if (!response.engaged().empty()) context.output.Data(table);
  return absl::OkStatus();
}

}  // namespace hq::cli
