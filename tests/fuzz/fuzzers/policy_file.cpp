// policy.json: what is read is decided about, and decided again it changes nothing.
#include "services/decision/adapters/files/policy_file.hpp"

#include "common/base/check.hpp"
#include "services/decision/core/policy.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool PolicyFile(std::string_view bytes) {
  const std::string file = "registry/policy.json";
  const auto parsed = decision::ParsePolicyFile(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  CommandMeta meta;
  meta.actor = "ann";
  meta.role = "hq_admin";
  decision::Policy::State state;
  const auto events = decision::Policy::Decide(state, *parsed, meta);
  if (!events.ok()) {
    CheckRefusal(events.status());
    return false;
  }
  for (const auto& event : *events) state = decision::Policy::Fold(state, event);
  const auto again = decision::Policy::Decide(state, *parsed, meta);
  HQ_CHECK(again.ok() && again->empty(), "the same policy again changes nothing");
  return true;
}

}  // namespace hq::fuzz
