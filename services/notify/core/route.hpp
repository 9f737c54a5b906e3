// The channels and the rules in force: the stream `route`, folded. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"
#include "hq/notify/v1/events.pb.h"

namespace hq::notify {

struct Route {
  static constexpr std::string_view kCategory = "route";
  using Event = v1::RouteEvent;
  using Events = std::vector<Event>;

  struct State {
    std::map<std::string, std::string> channels;            // "kind:key" to URL reference.
    std::map<std::string, std::vector<std::string>> rules;  // Event name to targets.
  };

  static State Fold(State state, const Event& event);
  // Both replace the whole; the same content again yields no events.
  static Result<Events> Decide(const State& state, const v1::ChannelsApplied& wanted,
                               const CommandMeta& meta);
  static Result<Events> Decide(const State& state, const v1::RulesApplied& wanted,
                               const CommandMeta& meta);
  static std::string Branch(std::string_view id);

  // What changes from one state to the other, one line a change, for people; after the changes, a
  // line for every rule that names a channel which does not exist.
  static std::vector<std::string> Changes(const State& before, const State& after);
};

}  // namespace hq::notify
