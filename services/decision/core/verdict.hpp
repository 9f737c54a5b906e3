// May this action happen? What stands above policy (kill switch, registry, maintenance, lock) and
// every rule of the policy are looked at, in any order with the same answer; one refusal is enough.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>

#include "hq/decision/v1/decision_service.pb.h"
#include "services/decision/core/cell.hpp"
#include "services/decision/core/cell_lock.hpp"
#include "services/decision/core/kill_switch.hpp"
#include "services/decision/core/policy.hpp"

namespace hq::decision {

// What a verdict rests on: decision's own view of the ledger, never the caller's word.
struct Facts {
  KillSwitch::State global_switch;
  KillSwitch::State cell_switch;
  CellLock::State lock;
  Policy::State policy;
  Cell::State cell;
  bool is_release_known = false;
  bool is_release_verified_on_canary = false;
  bool is_rollout_planned = false;
  bool is_rollout_started = false;
  std::string rollout_release_id;  // Which release the rollout was planned for.
};

// Whether the question can be answered at all. kInvalidArgument without a known action, for a
// malformed cell id, or for a cell where none belongs.
Status CheckQuestion(const v1::AuthorizeRequest& request);

// The verdict and the rules, without fences and position. `request` has passed CheckQuestion.
v1::AuthorizeResponse Judge(const v1::AuthorizeRequest& request, const Facts& facts);

}  // namespace hq::decision
