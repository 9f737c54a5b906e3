// The full stop, for everything (`global`) or for one cell. Its stream is a fence: once the
// activation is acknowledged, no attempt that rests on an older version can enter. A restore of the
// ledger holds everything as the global one does: what was stopped in the life given up is unknown.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/decision/v1/decision_service.pb.h"
#include "hq/decision/v1/events.pb.h"
#include "hq/ledger/v1/events.pb.h"

namespace hq::decision {

struct KillSwitch {
  static constexpr std::string_view kCategory = "kill_switch";
  static constexpr std::string_view kGlobal = "global";
  using Event = v1::KillSwitchEvent;
  using Events = std::vector<Event>;
  struct State {
    bool is_engaged = false;  // By somebody.
    std::string reason;       // Of the activation that holds.
    std::string engaged_by;   // Principal id.
    std::string restored;     // What a restore asks for before the release; empty if none holds.

    // Whether anything is kept out, by somebody or by a restore.
    bool IsHolding() const { return is_engaged || !restored.empty(); }
    // Why, of all that hold.
    std::string Why() const;
  };

  // A release, and how many HQ admins there are: with two or more, the one who engaged the switch
  // may not release it.
  struct Release {
    v1::ReleaseKillSwitchRequest request;
    std::size_t admins = 0;
  };

  static State Fold(State state, const Event& event);
  // The global switch after a restore that nobody has released yet. An activation stays what it
  // was.
  static State FoldRestore(State state, const ledger::v1::EpochStarted& restore);
  // Records of the global switch are headquarters' own.
  static std::string Branch(std::string_view id);

  // That the cell is registered is the caller's to check. kInvalidArgument for a malformed scope or
  // without a reason.
  static Result<Events> Decide(const State& state, const v1::ActivateKillSwitchRequest& command,
                               const CommandMeta& meta);
  // As above; kPermissionDenied, reason SECOND_PERSON_NEEDED or ADMIN_NEEDED.
  static Result<Events> Decide(const State& state, const Release& command, const CommandMeta& meta);
};

// kInvalidArgument unless it is `global` or a cell's id.
Status CheckSwitchScope(std::string_view scope);

}  // namespace hq::decision
