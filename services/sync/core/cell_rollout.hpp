// One cell in one rollout: from nothing to healthy, or to a conflict, a refusal, a revert.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/session.hpp"
#include "hq/sync/v1/events.pb.h"
#include "hq/sync/v1/sync_service.pb.h"

namespace hq::sync {

struct CellRollout {
  static constexpr std::string_view kCategory = "cell_rollout";
  using Event = v1::CellRolloutEvent;
  using Events = std::vector<Event>;

  struct State {
    v1::CellPhase phase = v1::CELL_PHASE_PENDING;
    v1::CellPrepared prepared;
    v1::PullRequestOpened pull_request;
    v1::PullRequestMerged merged;  // number is 0 until it is merged.
    v1::RevertPrepared revert;     // head_commit is empty until it is prepared.
    v1::RevertOpened revert_pull_request;
    bool revert_pushed = false;
    bool revert_merged = false;
    bool revert_consent_needed = false;
    bool has_failed = false;  // deploy_failed stands in the stream.
    bool lock_asked = false;
    bool has_conflict_report = false;
    std::uint64_t issue = 0;
    std::vector<std::string> conflicts;
    std::string why;
  };

  // `{rollout}.{cell}`.
  static std::string Id(std::string_view rollout_id, std::string_view branch);
  static std::string Branch(std::string_view id);
  static State Fold(State state, const Event& event);

  // One more fact about the cell. No events if it is known already; kFailedPrecondition if it
  // cannot follow on what is known, which is a fault of ours.
  static Result<Events> Record(const State& state, const Event& event);
};

// Nothing more is to be done for the cell on the way forward.
bool IsSettled(v1::CellPhase phase);

// The cell carries the release.
bool IsMerged(const CellRollout::State& state);

}  // namespace hq::sync
