// channels.json: every URL is a reference, and what is read can be applied.
#include "common/base/check.hpp"
#include "services/notify/api/files.hpp"
#include "services/notify/core/route.hpp"
#include "services/notify/core/target.hpp"
#include "tests/fuzz/fuzzers.hpp"
#include "tests/fuzz/promises.hpp"

namespace hq::fuzz {

bool ChannelsFile(std::string_view bytes) {
  const std::string file = "notifications/channels.json";
  const auto parsed = notify::ReadChannels(file, bytes);
  if (!parsed.ok()) {
    CheckFileRefusal(parsed.status(), file);
    return false;
  }
  for (const auto& channel : parsed->channels())
    HQ_CHECK(notify::IsTarget(channel.kind() + ":" + channel.key()) &&
                 notify::IsUrlReference(channel.url_reference()),
             "a channel is a target whose URL is a reference");
  CommandMeta meta;
  meta.actor = "ann";
  meta.role = "hq_admin";
  notify::Route::State state;
  const auto events = notify::Route::Decide(state, *parsed, meta);
  HQ_CHECK(events.ok(), "channels that were read can be applied");
  for (const auto& event : *events) state = notify::Route::Fold(state, event);
  const auto again = notify::Route::Decide(state, *parsed, meta);
  HQ_CHECK(again.ok() && again->empty(), "the same channels again change nothing");
  return true;
}

}  // namespace hq::fuzz
