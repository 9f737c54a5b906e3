// cells, lock, unlock: commands of decision.
#include "cli/commands.hpp"

namespace hq::cli {
namespace {

namespace decision = hq::decision::v1;

std::string StateOf(const decision::Cell& cell) {
  std::string state;
  const auto add = [&](bool is_so, const char* word) {
    if (is_so) state += (state.empty() ? "" : ", ") + std::string(word);
  };
  add(cell.retired(), "retired");
  add(cell.stopped(), "stopped");
  add(cell.locked(), "locked");
  add(cell.maintenance(), "maintenance");
  return state.empty() ? "open" : state;
}

}  // namespace

Status Cells(const Context& context) {
  decision::ListCellsRequest request;
  request.set_branch(context.invocation.branch);
  request.set_min_position(context.invocation.min_position);
  decision::ListCellsResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.decision(),
                          &decision::DecisionService::Stub::ListCells, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  Table table({"CELL", "TIER", "STATE", "DOMAIN", "OWNER", "PROTOCOL", "REPO", "WHY LOCKED"});
  for (const auto& cell : response.cells())
    table.Add({cell.entry().id(), cell.entry().tier(), StateOf(cell), cell.entry().domain(),
               cell.entry().owner(), cell.entry().hq_protocol_version(), cell.entry().repo(),
               cell.locked_reason()});
  context.output.Data(table);
  return absl::OkStatus();
}

Status Lock(const Context& context) {
  decision::LockCellRequest request;
  request.set_branch(context.invocation.branch);
  request.set_reason(context.invocation.reason);
  decision::LockCellResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.decision(),
                          &decision::DecisionService::Stub::LockCell, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("cell " + request.branch() + " is locked: nothing but reverts reaches it");
  return absl::OkStatus();
}

Status Unlock(const Context& context) {
  decision::UnlockCellRequest request;
  request.set_branch(context.invocation.branch);
  request.set_reason(context.invocation.reason);
  decision::UnlockCellResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.decision(),
                          &decision::DecisionService::Stub::UnlockCell, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("cell " + request.branch() + " is open again");
  return absl::OkStatus();
}

}  // namespace hq::cli
