// release, rollout, rollback: commands of sync.
#include <absl/strings/str_split.h>
#include <absl/strings/strip.h>

#include <map>
#include <thread>

#include "cli/commands.hpp"

namespace hq::cli {
namespace {

namespace sync = hq::sync::v1;
using Stub = sync::SyncService::Stub;

// "ROLLOUT_PHASE_ROLLING_BACK" to "rolling back".
std::string Words(std::string name, std::string_view prefix) {
  if (name.starts_with(prefix)) name = name.substr(prefix.size());
  for (char& c : name) c = c == '_' ? ' ' : static_cast<char>(std::tolower(c));
  return name;
}

std::string PhaseOf(const sync::Rollout& rollout) {
  return Words(sync::RolloutPhase_Name(rollout.phase()), "ROLLOUT_PHASE_");
}

std::string PhaseOf(const sync::RolloutCell& cell) {
  return Words(sync::CellPhase_Name(cell.phase()), "CELL_PHASE_");
}

std::string NumberOrNone(std::uint64_t number) {
  return number == 0 ? "-" : "#" + std::to_string(number);
}

bool IsAtItsEnd(const sync::Rollout& rollout) {
  const auto phase = rollout.phase();
  return phase == sync::ROLLOUT_PHASE_BLOCKED || phase == sync::ROLLOUT_PHASE_ROLLED_BACK ||
         phase == sync::ROLLOUT_PHASE_ROLLBACK_STUCK || phase == sync::ROLLOUT_PHASE_COMPLETED;
}

void PrintRollout(const Output& output, const sync::Rollout& rollout) {
  output.Data("rollout " + Printable(rollout.rollout_id()) + "  release " +
              Printable(rollout.release_id()) + "  " + PhaseOf(rollout) +
              (rollout.why().empty() ? "" : ": " + Printable(rollout.why())));
  Table table({"CELL", "WAVE", "STATE", "PULL REQUEST", "REVERT", "ISSUE", "WHY"});
  for (const auto& cell : rollout.cells())
    table.Add({cell.branch(), std::to_string(cell.wave()), PhaseOf(cell),
               NumberOrNone(cell.pull_request()), NumberOrNone(cell.revert_pull_request()),
               NumberOrNone(cell.issue()), cell.why()});
  output.Data(table);
  for (const auto& cell : rollout.skipped())
    output.Note("in no wave: " + cell.branch() + " (" + cell.reason() + ")");
}

// A rollout that did not complete is no success for a script that waits for it.
Status EndOf(const sync::Rollout& rollout) {
  if (rollout.phase() == sync::ROLLOUT_PHASE_COMPLETED) return absl::OkStatus();
  return Refusal(absl::StatusCode::kFailedPrecondition,
                 "rollout " + rollout.rollout_id() + " ended as: " + PhaseOf(rollout),
                 "ROLLOUT_NOT_COMPLETED", "See hqctl rollout get, and hqctl ledger tail.");
}

// Prints what changed since the last time; `shown` remembers it.
void PrintChanges(const Output& output, const sync::Rollout& rollout,
                  std::map<std::string, std::string>& shown) {
  const auto say = [&](const std::string& who, const std::string& state) {
    if (std::exchange(shown[who], state) != state) output.Data(who + "  " + state);
  };
  for (const auto& cell : rollout.cells())
    say(Printable(cell.branch()),
        PhaseOf(cell) + (cell.why().empty() ? "" : "  " + Printable(cell.why())));
  say("rollout", PhaseOf(rollout) + "  wave " + std::to_string(rollout.wave()) +
                     (rollout.why().empty() ? "" : "  " + Printable(rollout.why())));
}

void PrintDiff(const Output& output, const sync::PlannedCell& cell) {
  output.Data("--- cell " + cell.branch());
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(cell.diff(), "\n"), '\n'))
    output.Data(Printable(std::string(line)));
}

}  // namespace

Status ReleaseCreate(const Context& context) {
  sync::CreateReleaseRequest request;
  request.set_ref(context.invocation.ref);
  sync::CreateReleaseResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::CreateRelease, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data(response.release_id());
  context.output.Note("made of commit " + response.commit() + "; next: hqctl rollout plan " +
                      response.release_id());
  return absl::OkStatus();
}

Status RolloutPlan(const Context& context) {
  sync::PlanRolloutRequest request;
  request.set_release_id(context.invocation.release);
  sync::PlanRolloutResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::PlanRollout, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("rollout " + response.rollout_id() + "  release " + request.release_id() +
                      "  planned");
  Table table({"CELL", "TIER", "EXPECTED", "BASE", "CONFLICTS"});
  for (const auto& cell : response.plan().cells()) {
    std::string conflicts;
    for (const auto& path : cell.conflicts()) conflicts += (conflicts.empty() ? "" : ", ") + path;
    table.Add({cell.branch(), cell.tier(),
               Words(sync::Expectation_Name(cell.expectation()), "EXPECTATION_"),
               cell.base_release_id(), conflicts});
  }
  context.output.Data(table);
  for (const auto& cell : response.plan().cells())
    if (context.invocation.is_diff_wanted && !cell.diff().empty()) PrintDiff(context.output, cell);
  for (const auto& cell : response.plan().skipped())
    context.output.Note("in no wave: " + cell.branch() + " (" + cell.reason() + ")");
  context.output.Note("next: hqctl rollout start " + response.rollout_id());
  return absl::OkStatus();
}

Status RolloutStart(const Context& context) {
  sync::StartRolloutRequest request;
  request.set_rollout_id(context.invocation.rollout);
  sync::StartRolloutResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::StartRollout, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("rollout " + request.rollout_id() + " is started");
  context.output.Note("next: hqctl rollout watch " + request.rollout_id());
  return absl::OkStatus();
}

Status RolloutResume(const Context& context) {
  sync::ResumeRolloutRequest request;
  request.set_rollout_id(context.invocation.rollout);
  request.set_reason(context.invocation.reason);
  sync::ResumeRolloutResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::ResumeRollout, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  context.output.Data("rollout " + request.rollout_id() + " goes on");
  return absl::OkStatus();
}

Status RolloutGet(const Context& context) {
  sync::GetRolloutRequest request;
  request.set_rollout_id(context.invocation.rollout);
  request.set_min_position(context.invocation.min_position);
  sync::GetRolloutResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::GetRollout, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  PrintRollout(context.output, response.rollout());
  return absl::OkStatus();
}

Status RolloutList(const Context& context) {
  sync::ListRolloutsRequest request;
  request.set_limit(static_cast<std::uint32_t>(context.invocation.limit));
  request.set_min_position(context.invocation.min_position);
  sync::ListRolloutsResponse response;
  HQ_RETURN_IF_ERROR(
      Call(context, context.services.sync(), &Stub::ListRollouts, request, response));
  if (context.output.is_json()) return context.output.Json(response);
  Table table({"ROLLOUT", "RELEASE", "STATE", "WAVE", "CELLS", "WHY"});
  for (const auto& rollout : response.rollouts())
    table.Add({rollout.rollout_id(), rollout.release_id(), PhaseOf(rollout),
               std::to_string(rollout.wave()), std::to_string(rollout.cells_size()),
               rollout.why()});
  context.output.Data(table);
  return absl::OkStatus();
}

Status RolloutWatch(const Context& context) {
  constexpr std::chrono::hours kForEver(24);
  constexpr std::chrono::milliseconds kPause(500);
  const auto deadline = std::chrono::steady_clock::now() + context.Timeout(kForEver);
  std::map<std::string, std::string> shown;
  std::string last_json;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return absl::DeadlineExceededError("the rollout did not end in time");
    grpc::ClientContext call;
    context.services.Prepare(call, left, "");
    sync::WatchRolloutRequest request;
    request.set_rollout_id(context.invocation.rollout);
    const auto reader = context.services.sync().WatchRollout(&call, request);
    sync::WatchRolloutResponse response;
    while (reader->Read(&response)) {
      if (context.output.is_json()) {
        HQ_ASSIGN_OR_RETURN(const std::string json, ToJsonLine(response.rollout()));
        if (std::exchange(last_json, json) != json)
          HQ_RETURN_IF_ERROR(context.output.Json(response));
      } else {
        PrintChanges(context.output, response.rollout(), shown);
      }
      if (IsAtItsEnd(response.rollout())) {
        call.TryCancel();
        reader->Finish();
        return EndOf(response.rollout());
      }
    }
    const Status ended = rpc::FromGrpc(reader->Finish());
    // The service was restarted, or ended the stream: what matters is on the ledger, go on.
    if (!ended.ok() && !absl::IsUnavailable(ended)) return ended;
    std::this_thread::sleep_for(kPause);
  }
}

Status Rollback(const Context& context) {
  sync::RollBackRequest request;
  const std::string& target = context.invocation.target;
  if (target.starts_with("TXN-")) {
    request.set_txn_id(target);
  } else {
    request.set_release_id(target);
  }
  request.set_reason(context.invocation.reason);
  sync::RollBackResponse response;
  HQ_RETURN_IF_ERROR(Call(context, context.services.sync(), &Stub::RollBack, request, response,
                          context.invocation.command_id));
  if (context.output.is_json()) return context.output.Json(response);
  for (const auto& rollout : response.rollout_ids())
    context.output.Data("rollout " + rollout + " is rolling back");
  if (response.rollout_ids().empty()) context.output.Note("no cell carries it any more");
  return absl::OkStatus();
}

}  // namespace hq::cli
