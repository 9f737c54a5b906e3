// How rollouts are made: the sync plan, the conflict policy and the health policy in force.
// Pure.
#pragma once

#include <string>
#include <vector>

#include "common/events/session.hpp"
#include "hq/sync/v1/events.pb.h"

namespace hq::sync {

struct SyncPlan {
  static constexpr std::string_view kCategory = "sync_plan";
  using Event = v1::SyncPlanEvent;
  using Events = std::vector<Event>;

  // Each as it was last applied; serialised empty if it never was.
  struct State {
    v1::SyncPlanApplied plan;
    v1::ConflictPolicyApplied conflicts;
    v1::HealthPolicyApplied health;
  };

  static std::string Branch(std::string_view) { return "hq"; }
  static State Fold(State state, const Event& event);

  // No events if the same stands already.
  static Result<Events> Apply(const State& state, const Event& event);
};

}  // namespace hq::sync
