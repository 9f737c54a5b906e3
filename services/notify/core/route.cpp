#include "services/notify/core/route.hpp"

#include "common/base/ids.hpp"
#include "services/notify/core/target.hpp"

namespace hq::notify {
namespace {

Route::State Applied(Route::State state, const v1::ChannelsApplied& applied) {
  state.channels.clear();
  for (const auto& channel : applied.channels())
    state.channels[channel.kind() + ":" + channel.key()] = channel.url_reference();
  return state;
}

Route::State Applied(Route::State state, const v1::RulesApplied& applied) {
  state.rules.clear();
  for (const auto& rule : applied.rules())
    state.rules[rule.event()].assign(rule.targets().begin(), rule.targets().end());
  return state;
}

std::string Show(const std::string& reference) { return reference; }

std::string Show(const std::vector<std::string>& targets) {
  std::string list;
  for (const auto& target : targets) list += (list.empty() ? "" : ", ") + target;
  return list.empty() ? "nobody" : list;
}

template <class Entries>
void AddChanges(const std::string& what, const Entries& before, const Entries& after,
                std::vector<std::string>& changes) {
  for (const auto& [name, value] : after) {
    const auto old = before.find(name);
    if (old == before.end()) {
      changes.push_back(what + " " + name + " added: " + Show(value));
    } else if (old->second != value) {
      changes.push_back(what + " " + name + ": " + Show(old->second) + " -> " + Show(value));
    }
  }
  for (const auto& [name, value] : before)
    if (!after.contains(name)) changes.push_back(what + " " + name + " removed");
}

}  // namespace

Route::State Route::Fold(State state, const Event& event) {
  switch (event.body_case()) {
    case Event::kChannelsApplied:
      return Applied(std::move(state), event.channels_applied());
    case Event::kRulesApplied:
      return Applied(std::move(state), event.rules_applied());
    case Event::kRecipientUnresolved:
    case Event::BODY_NOT_SET:
      break;
  }
  return state;
}

Result<Route::Events> Route::Decide(const State& state, const v1::ChannelsApplied& wanted,
                                    const CommandMeta&) {
  if (Applied(state, wanted).channels == state.channels) return Events{};
  Events events(1);
  *events[0].mutable_channels_applied() = wanted;
  return events;
}

Result<Route::Events> Route::Decide(const State& state, const v1::RulesApplied& wanted,
                                    const CommandMeta&) {
  if (Applied(state, wanted).rules == state.rules) return Events{};
  Events events(1);
  *events[0].mutable_rules_applied() = wanted;
  return events;
}

std::string Route::Branch(std::string_view) { return std::string(kHqBranch); }

std::vector<std::string> Route::Changes(const State& before, const State& after) {
  std::vector<std::string> changes;
  AddChanges("channel", before.channels, after.channels, changes);
  AddChanges("rule", before.rules, after.rules, changes);
  if (changes.empty() || after.channels.empty()) return changes;
  for (const auto& [event, targets] : after.rules)
    for (const auto& target : targets)
      if (!IsPlaceholder(target) && !after.channels.contains(target))
        changes.push_back("note: rule " + event + " names " + target +
                          ", which is no channel; its messages go to HQ's own channel");
  return changes;
}

}  // namespace hq::notify
