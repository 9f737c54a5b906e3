#include "services/sync/core/waves.hpp"

#include <algorithm>
#include <map>

namespace hq::sync {
namespace {

constexpr std::string_view kRest = "*";
constexpr std::string_view kCanaryTier = "canary";

std::string ReasonToSkip(const FleetCell& cell) {
  if (cell.is_stopped) return "stopped: its kill switch is engaged";
  if (cell.is_locked) return "locked";
  if (cell.is_in_maintenance) return "maintenance";
  return "";
}

// A cell's place inside its wave: where `order` names it, else with the rest, by id.
std::size_t PlaceOf(const v1::SyncPlanApplied& plan, const std::string& cell) {
  const auto& order = plan.order();
  const auto named = std::find(order.begin(), order.end(), cell);
  if (named != order.end()) return static_cast<std::size_t>(named - order.begin());
  const auto rest = std::find(order.begin(), order.end(), std::string(kRest));
  return static_cast<std::size_t>(rest - order.begin());
}

const FleetCell* FindCell(const std::vector<FleetCell>& fleet, const std::string& id) {
  const auto found =
      std::find_if(fleet.begin(), fleet.end(), [&](const auto& cell) { return cell.id == id; });
  return found == fleet.end() ? nullptr : &*found;
}

// A cell for which `*` stands and which is no canary; null if there is none.
const FleetCell* LaterCellInRest(const v1::SyncPlanApplied& plan,
                                 const std::vector<FleetCell>& fleet) {
  const auto& order = plan.order();
  for (const FleetCell& cell : fleet)
    if (cell.tier != kCanaryTier && std::find(order.begin(), order.end(), cell.id) == order.end())
      return &cell;
  return nullptr;
}

}  // namespace

std::string FaultInOrder(const v1::SyncPlanApplied& plan, const std::vector<FleetCell>& fleet) {
  const FleetCell* later = nullptr;  // The first cell that should not go before a canary.
  for (const std::string& id : plan.order()) {
    const FleetCell* cell = id == kRest ? LaterCellInRest(plan, fleet) : FindCell(fleet, id);
    if (cell == nullptr) continue;
    if (cell->tier == kCanaryTier && later != nullptr)
      return "puts " + later->id + " (" + later->tier + ") before the canary " + cell->id;
    if (cell->tier != kCanaryTier && later == nullptr) later = cell;
  }
  return "";
}

Result<WavePlan> PlanWaves(const v1::SyncPlanApplied& plan, const std::vector<FleetCell>& fleet) {
  std::vector<std::string> names(plan.tiers().begin(), plan.tiers().end());
  names.emplace_back(kRest);
  std::map<std::string, std::vector<std::string>> cells_of;
  WavePlan result;
  for (const FleetCell& cell : fleet) {
    const std::string reason = ReasonToSkip(cell);
    if (!reason.empty()) {
      result.skipped.emplace_back().set_branch(cell.id);
      result.skipped.back().set_reason(reason);
      continue;
    }
    const bool is_named = std::find(names.begin(), names.end(), cell.tier) != names.end();
    cells_of[is_named ? cell.tier : std::string(kRest)].push_back(cell.id);
  }
  if (cells_of[std::string(kCanaryTier)].empty())
    return Refusal(absl::StatusCode::kFailedPrecondition,
                   "no canary can take the release: none is registered, or all are locked, stopped "
                   "or in maintenance",
                   "NO_CANARY", "Register a canary, or unlock one, then plan again.");
  for (const std::string& name : names) {
    auto& members = cells_of[name];
    if (members.empty()) continue;
    std::sort(members.begin(), members.end(), [&](const auto& a, const auto& b) {
      return std::pair(PlaceOf(plan, a), a) < std::pair(PlaceOf(plan, b), b);
    });
    v1::Wave& wave = result.waves.emplace_back();
    wave.set_name(name);
    for (const std::string& cell : members) wave.add_cells(cell);
  }
  return result;
}

}  // namespace hq::sync
