// The commands, one function each. A command prints what it found and returns why it could not.
#pragma once

#include <chrono>
#include <memory>

#include "cli/invocation.hpp"
#include "cli/output.hpp"
#include "cli/services.hpp"
#include "common/grpc/door.hpp"

namespace hq::cli {

// What a command works with; all outlive it.
struct Context {
  const Invocation& invocation;
  const Services& services;
  const Output& output;

  std::chrono::milliseconds Timeout(std::chrono::milliseconds fallback) const {
    return invocation.timeout.value_or(fallback);
  }
};

// One call of a stub's method: token, deadline, and the refusal as a Status with its advice.
// `command_id` is empty for calls that change nothing.
template <class Stub, class Request, class Response>
Status Call(const Context& context, Stub& stub,
            grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
            const Request& request, Response& response, const std::string& command_id = "") {
  constexpr std::chrono::seconds kTimeout(60);
  grpc::ClientContext call;
  context.services.Prepare(call, context.Timeout(kTimeout), command_id);
  return rpc::FromGrpc((stub.*method)(&call, request, &response));
}

// What was asked to be shown, as every command that reads records takes it.
ledger::v1::Filter FilterOf(const Invocation& invocation);
// The record that a word names: its position, or else its id.
ledger::v1::GetRequest RecordNamed(const std::string& word);

Status Apply(const Context& context);
Status ReleaseCreate(const Context& context);
Status RolloutPlan(const Context& context);
Status RolloutStart(const Context& context);
Status RolloutResume(const Context& context);
Status RolloutGet(const Context& context);
Status RolloutWatch(const Context& context);
Status RolloutList(const Context& context);
Status Rollback(const Context& context);
Status KillSwitchOn(const Context& context);
Status KillSwitchOff(const Context& context);
Status KillSwitchStatus(const Context& context);
Status Lock(const Context& context);
Status Unlock(const Context& context);
Status Cells(const Context& context);
Status ShowUsage(const Context& context);
Status LedgerTail(const Context& context);
Status LedgerRead(const Context& context);
Status LedgerGet(const Context& context);
Status LedgerHead(const Context& context);
Status LedgerStatus(const Context& context);
Status LedgerAppend(const Context& context);
Status LedgerImport(const Context& context);
Status LedgerExport(const Context& context);
Status LedgerCheckpoint(const Context& context);
Status LedgerProve(const Context& context);
Status LedgerVerify(const Context& context);
Status LedgerBackup(const Context& context);
Status ListDeliveries(const Context& context);

}  // namespace hq::cli
