// The commands that move a rollout: start, resume, roll back.
#pragma once

#include <string>
#include <vector>

#include "common/events/session.hpp"
#include "common/projection/runner.hpp"
#include "services/sync/ports.hpp"
#include "services/sync/views/all.hpp"

namespace hq::sync {

// Thread-safe.
class Commands {
 public:
  struct RolledBack {
    std::vector<std::string> rollout_ids;
    Position position = 0;
  };

  // All outlive it.
  Commands(EventLog& log, Court& court, const Views& views, projection::Runner& runner)
      : log_(log), court_(court), views_(views), runner_(runner) {}

  // All: kUnavailable while the views or the ledger are away; kFailedPrecondition, reason DIVERGED,
  // if the ledger was restored meanwhile, or the views are of another life of it.
  //
  // kFailedPrecondition with decision's reasons, or because another rollout is unfinished;
  // kNotFound.
  Result<Position> Start(const v1::StartRolloutRequest& request, const CommandMeta& meta);
  Result<Position> Resume(const v1::ResumeRolloutRequest& request, const CommandMeta& meta);
  // kNotFound if nothing was released by the target; kFailedPrecondition while a rollout is under
  // way.
  Result<RolledBack> RollBack(const v1::RollBackRequest& request, const CommandMeta& meta);

 private:
  // Asks decision and returns the fences on which a yes rests.
  Result<std::vector<ledger::v1::Fence>> Ask(const std::string& rollout_id,
                                             const std::string& release_id);
  // `views_at` is what the views were of, if the move rests on them.
  Result<Position> Move(const std::string& rollout_id, const v1::RolloutEvent& event,
                        std::string_view fence_reason, const CommandMeta& meta,
                        const ledger::v1::Cursor* views_at);
  Result<std::vector<std::string>> TargetsOf(const v1::RollBackRequest& request);
  Status StageRollback(Session& session, const std::string& rollout_id, const std::string& reason,
                       bool& has_cells);

  EventLog& log_;
  Court& court_;
  const Views& views_;
  projection::Runner& runner_;
};

}  // namespace hq::sync
