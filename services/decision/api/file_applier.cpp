#include "services/decision/api/file_applier.hpp"

#include <algorithm>

#include "common/config/strict_json.hpp"
#include "hq/billing/v1/events.pb.h"
#include "services/decision/adapters/files/branches_file.hpp"
#include "services/decision/adapters/files/decision_engine_file.hpp"
#include "services/decision/adapters/files/policy_file.hpp"
#include "services/decision/core/cell.hpp"
#include "services/decision/core/inputs.hpp"
#include "services/decision/core/kill_switch.hpp"
#include "services/decision/core/policy.hpp"

namespace hq::decision {
namespace {

constexpr std::size_t kPathBytesMax = 500;

// Stages what one file changes and adds a line to `changes` for each change. May run more than
// once.
using Staging = std::function<Status(Session& session, std::vector<std::string>& changes)>;

void AddLines(std::vector<std::string>& changes, std::vector<std::string> lines) {
  std::move(lines.begin(), lines.end(), std::back_inserter(changes));
}

template <class Command>
Status StageOnCell(Session& session, const std::string& id, const Command& command,
                   std::vector<std::string>& changes) {
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Cell>(id));
  HQ_ASSIGN_OR_RETURN(const auto events, Cell::Decide(state, command, session.meta()));
  for (const auto& event : events) AddLines(changes, Cell::Describe(id, state, event));
  session.Stage<Cell>(id, events);
  return absl::OkStatus();
}

// No cell is registered that could not be billed (ruling D-3). Billing's price book is read fresh
// and becomes a condition of the append; as long as there is none, every tier will do.
Status CheckPrices(Session& session, EventLog& log, const std::string& file,
                   const BranchesFile& branches) {
  ledger::v1::ReadStreamRequest request;
  request.set_stream("price_book");
  HQ_ASSIGN_OR_RETURN(const auto slice, log.ReadStream(request));
  ledger::v1::Fence fence;
  fence.set_stream(request.stream());
  fence.set_version(slice.version);
  session.Require(fence);
  if (slice.records.empty()) return absl::OkStatus();
  billing::v1::PriceBookEvent event;
  HQ_RETURN_IF_ERROR(UnpackEvent(slice.records.back().record.data(), event));
  const auto& priced = event.price_book_applied().tiers();
  for (const ApplyCell& cell : branches.cells) {
    const std::string tier = BillingTierOf(cell.entry);
    const bool has_price = std::any_of(priced.begin(), priced.end(),
                                       [&](const auto& price) { return price.tier() == tier; });
    if (cell.retires || has_price) continue;
    const bool is_by_tier = cell.entry.billing_tier().empty();
    return config::FileFault(file, cell.path + (is_by_tier ? ".tier" : ".billingTier"),
                             Shown(tier) + " has no price in the price book");
  }
  return absl::OkStatus();
}

Result<Staging> StagingOfBranches(EventLog& log, const std::string& file, const std::string& text) {
  HQ_ASSIGN_OR_RETURN(auto branches, BranchesFile::Parse(file, text));
  return Staging(
      [&log, file, branches = std::move(branches)](Session& session, auto& changes) -> Status {
        HQ_RETURN_IF_ERROR(CheckPrices(session, log, file, branches));
        for (const ApplyCell& cell : branches.cells)
          HQ_RETURN_IF_ERROR(StageOnCell(session, cell.entry.id(), cell, changes));
        return absl::OkStatus();
      });
}

Result<Staging> StagingOfPolicy(const std::string& file, const std::string& text) {
  HQ_ASSIGN_OR_RETURN(const auto policy, ParsePolicyFile(file, text));
  return Staging([policy, file](Session& session, auto& changes) -> Status {
    HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Policy>(""));
    const auto events = Policy::Decide(state, policy, session.meta());
    if (!events.ok()) return Annotate(events.status(), file + ": $.rules");
    for (const auto& event : *events) AddLines(changes, Policy::Describe(state, event));
    session.Stage<Policy>("", *events);
    return absl::OkStatus();
  });
}

Status StageKillSwitch(Session& session, std::vector<std::string>& changes) {
  v1::ActivateKillSwitchRequest command;
  command.set_scope(std::string(KillSwitch::kGlobal));
  command.set_reason("decision-engine.json");
  HQ_ASSIGN_OR_RETURN(const auto state, session.Load<KillSwitch>(command.scope()));
  HQ_ASSIGN_OR_RETURN(const auto events, KillSwitch::Decide(state, command, session.meta()));
  if (!events.empty()) changes.emplace_back("kill switch global: engaged");
  session.Stage<KillSwitch>(command.scope(), events);
  return absl::OkStatus();
}

Result<Staging> StagingOfEngine(const std::string& file, const std::string& text) {
  HQ_ASSIGN_OR_RETURN(const auto engine, DecisionEngineFile::Parse(file, text));
  return Staging([engine, file](Session& session, auto& changes) -> Status {
    if (engine.engages_kill_switch) HQ_RETURN_IF_ERROR(StageKillSwitch(session, changes));
    for (const std::string& cell : engine.cells_into_maintenance) {
      HQ_ASSIGN_OR_RETURN(const auto state, session.Load<Cell>(cell));
      if (!state.is_registered)
        return config::FileFault(file, "$.maintenanceMode." + cell, "no such cell");
      v1::SetMaintenanceRequest command;
      command.set_branch(cell);
      command.set_maintenance(true);
      command.set_reason("decision-engine.json");
      HQ_RETURN_IF_ERROR(StageOnCell(session, cell, command, changes));
    }
    return absl::OkStatus();
  });
}

Result<Staging> StagingOf(EventLog& log, const v1::ApplyFileRequest& request) {
  const std::string& path = request.path();
  if (path.empty() || path.size() > kPathBytesMax)
    return Refusal(absl::StatusCode::kInvalidArgument, "path: must have 1 to 500 bytes",
                   "MALFORMED_PATH", "Name the file as the HQ repository does.");
  const std::string name = path.substr(path.rfind('/') + 1);
  if (name == "branches.json") return StagingOfBranches(log, path, request.content());
  if (name == "policy.json") return StagingOfPolicy(path, request.content());
  if (name == "decision-engine.json") return StagingOfEngine(path, request.content());
  return Refusal(absl::StatusCode::kInvalidArgument, "path: " + Shown(path) + " is not decision's",
                 "UNKNOWN_FILE",
                 "Decision takes branches.json, policy.json and decision-engine.json.");
}

}  // namespace

Status FileApplier::Apply(const v1::ApplyFileRequest& request, const CommandMeta& meta,
                          v1::ApplyFileResponse& response) const {
  HQ_ASSIGN_OR_RETURN(const Staging staging, StagingOf(log_, request));
  std::vector<std::string> changes;
  const auto work = [&](Session& session) {
    changes.clear();
    return staging(session, changes);
  };
  if (request.dry_run()) {
    Session session(log_, meta);
    HQ_RETURN_IF_ERROR(work(session));
  } else {
    HQ_ASSIGN_OR_RETURN(const auto appended, Transact(log_, meta, work));
    response.set_position(appended.receipt().last_position());
  }
  for (auto& change : changes) *response.add_changes() = std::move(change);
  return absl::OkStatus();
}

}  // namespace hq::decision
