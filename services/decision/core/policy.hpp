// The rules in force. The whitepaper's three can be weakened to `audit`, never dropped; as long as
// no policy was applied, they hold as the whitepaper has them.
// Pure. Everything it may know arrives as an argument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/decision/v1/events.pb.h"

namespace hq::decision {

struct Policy {
  static constexpr std::string_view kCategory = "policy";
  static constexpr std::string_view kNoDirectPush = "no-direct-push";
  static constexpr std::string_view kCanaryFirst = "canary-first";
  static constexpr std::string_view kLedgerMandatory = "ledger-mandatory";
  using Event = v1::PolicyEvent;
  using Events = std::vector<Event>;
  struct State {
    State();
    v1::PolicyApplied policy;  // The whitepaper's three rules until one was applied.
    bool is_applied = false;
  };

  static State Fold(State state, const Event& event);
  static std::string Branch(std::string_view id);

  // `command` is the whole new policy. kInvalidArgument for a rule without id or enforcement, a
  // rule that stands twice, or when one of the three is missing.
  static Result<Events> Decide(const State& state, const v1::PolicyApplied& command,
                               const CommandMeta& meta);

  // What the event changes, for people, a line a change.
  static std::vector<std::string> Describe(const State& before, const Event& event);

  // Whether something evaluates a rule of that id; others are kept, and refuse nothing.
  static bool IsEvaluated(std::string_view rule_id);
  // Whether a refusal of a rule so enforced is one. Anything but audit and warn is.
  static bool Refuses(v1::Enforcement enforcement);
};

// As policy.json spells it, e.g. "reject".
std::string NameOf(v1::Enforcement enforcement);

}  // namespace hq::decision
