// rules.json: events by their names, each told to targets, none twice.
#include <set>

#include "common/base/check.hpp"
#include "common/base/ids.hpp"
#include "services/notify/api/files.hpp"
#include "services/notify/core/route.hpp"
#include "services/notify/core/target.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool RulesFile(std::string_view bytes) {
  const std::string file = "notifications/rules.json";
  const auto parsed = notify::ReadRules(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  for (const auto& rule : parsed->rules()) {
    HQ_CHECK(IsEventName(rule.event()) && !notify::IsOwnMachinery(rule.event()),
             "a rule is of an event that does not feed itself");
    std::set<std::string> targets;
    for (const std::string& target : rule.targets())
      HQ_CHECK(notify::IsTarget(target) && targets.insert(target).second,
               "targets are targets, none twice");
    HQ_CHECK(!targets.empty() && targets.size() <= 20, "a rule tells 1 to 20");
  }
  CommandMeta meta;
  meta.actor = "ann";
  meta.role = "hq_admin";
  notify::Route::State state;
  const auto events = notify::Route::Decide(state, *parsed, meta);
  HQ_CHECK(events.ok(), "rules that were read can be applied");
  for (const auto& event : *events) state = notify::Route::Fold(state, event);
  const auto again = notify::Route::Decide(state, *parsed, meta);
  HQ_CHECK(again.ok() && again->empty(), "the same rules again change nothing");
  return true;
}

}  // namespace hq::fuzz
