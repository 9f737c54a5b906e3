// Who is told of what: rules first, then the default route by severity, machinery never. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hq/notify/v1/events.pb.h"
#include "hq/options/v1/options.pb.h"

namespace hq::notify {

// What routing may know of an event.
struct Occasion {
  std::string event;
  std::string branch;  // The event's cell, or "hq".
  std::string owner;   // The principal id of that cell's owner; empty if none is known.
  std::string txn_id;
};

// One channel to be told. `unresolved` is set if it stands in for a target that has nobody behind
// it; the delivery's intent and that event are appended together.
struct Recipient {
  std::string target;  // "kind:key" of a channel that exists.
  std::optional<v1::RecipientUnresolved> unresolved;
};

// How urgent an event is by its name; unspecified for machinery and for names nobody declares.
options::v1::Severity SeverityOf(std::string_view event);

// As SeverityOf, and warning for names nobody declares: for events that a rule wants told.
options::v1::Severity ShownSeverity(std::string_view event);

// `rule` is the targets that the rules in force name for the event, or null without a rule.
// `channels` are those in force, "kind:key". No target twice; nobody if there are no channels.
std::vector<Recipient> Resolve(const Occasion& occasion, const std::vector<std::string>* rule,
                               const std::set<std::string>& channels);

}  // namespace hq::notify
