#include "services/notify/api/files.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "common/base/ids.hpp"
#include "common/config/strict_json.hpp"
#include "services/notify/core/target.hpp"

namespace hq::notify {
namespace {

using config::FileFault;
using config::Value;

constexpr int kChannelsMax = 2000;
constexpr std::size_t kRulesMax = 500;
constexpr std::size_t kTargetsMax = 20;

// Says what to write instead; never shows the URL.
Status UrlFault(std::string_view file, const std::string& path, const std::string& kind,
                const std::string& key) {
  std::string name = kind + "_" + key + "_URL";
  for (char& c : name) c = c == '-' ? '_' : static_cast<char>(std::toupper(c));
  return FileFault(file, path,
                   "must name an environment variable of notify that holds the URL, e.g. \"env:" +
                       name + "\"; a URL itself does not belong into the file");
}

Status ReadKind(std::string_view file, const std::string& kind, const Value& keys,
                v1::ChannelsApplied& channels) {
  const std::string path = "$." + kind;
  if (keys.kind != Value::Kind::kObject)
    return FileFault(file, path, "must be an object: the channel's key, then its URL reference");
  for (const auto& [key, url] : keys.fields) {
    const std::string place = path + "." + key.substr(0, 80);
    if (!IsChannelKey(key) || key == kOwnerKey)
      return FileFault(file, place,
                       "no channel key: it takes 1 to 63 of a-z 0-9 - _ and is not branch_owner");
    if (url.kind != Value::Kind::kString || !IsUrlReference(url.text))
      return UrlFault(file, place, kind, key);
    auto& channel = *channels.add_channels();
    channel.set_kind(kind);
    channel.set_key(key);
    channel.set_url_reference(url.text);
  }
  return absl::OkStatus();
}

Status ReadTargets(std::string_view file, const std::string& path, const Value& targets,
                   v1::Rule& rule) {
  if (targets.kind != Value::Kind::kArray || targets.items.empty() ||
      targets.items.size() > kTargetsMax)
    return FileFault(file, path, "must be an array of 1 to 20 targets, e.g. \"slack:critical\"");
  for (std::size_t i = 0; i < targets.items.size(); ++i) {
    const Value& target = targets.items[i];
    const std::string place = path + "[" + std::to_string(i) + "]";
    if (target.kind != Value::Kind::kString || !IsTarget(target.text))
      return FileFault(file, place,
                       "must be kind:key with kind slack, kakao or webhook, e.g. "
                       "\"slack:critical\" or \"kakao:branch_owner\"");
    const auto& known = rule.targets();
    if (std::find(known.begin(), known.end(), target.text) != known.end())
      return FileFault(file, place, "this target stands here twice");
    rule.add_targets(target.text);
  }
  return absl::OkStatus();
}

}  // namespace

Result<v1::ChannelsApplied> ReadChannels(std::string_view file, std::string_view content) {
  HQ_ASSIGN_OR_RETURN(const Value root, config::ParseStrict(file, content));
  config::ObjectReader reader(file, "$", root);
  v1::ChannelsApplied channels;
  for (const std::string kind : {"kakao", "slack", "webhook"})
    if (const Value* keys = reader.Any(kind))
      HQ_RETURN_IF_ERROR(ReadKind(file, kind, *keys, channels));
  HQ_RETURN_IF_ERROR(reader.Done());
  if (channels.channels().empty())
    return FileFault(file, "$", "no channel at all: nobody could be told anything");
  if (channels.channels_size() > kChannelsMax)
    return FileFault(file, "$", "more than " + std::to_string(kChannelsMax) + " channels");
  std::sort(channels.mutable_channels()->begin(), channels.mutable_channels()->end(),
            [](const auto& a, const auto& b) {
              return std::pair(a.kind(), a.key()) < std::pair(b.kind(), b.key());
            });
  return channels;
}

Result<v1::RulesApplied> ReadRules(std::string_view file, std::string_view content) {
  HQ_ASSIGN_OR_RETURN(const Value root, config::ParseStrict(file, content));
  if (root.kind != Value::Kind::kObject)
    return FileFault(file, "$", "must be an object: the event's name, then its targets");
  if (root.fields.size() > kRulesMax)
    return FileFault(file, "$", "more than " + std::to_string(kRulesMax) + " rules");
  std::map<std::string, v1::Rule> by_event;
  for (const auto& [event, targets] : root.fields) {
    const std::string path = "$." + event.substr(0, 80);
    if (!IsEventName(event))
      return FileFault(file, path, "no event name: ^[a-z][a-z0-9_]{0,62}$, e.g. deploy_failed");
    if (IsOwnMachinery(event))
      return FileFault(file, path, "sending makes this event itself: the rule would never end");
    v1::Rule& rule = by_event[event];
    rule.set_event(event);
    HQ_RETURN_IF_ERROR(ReadTargets(file, path, targets, rule));
  }
  v1::RulesApplied rules;
  for (auto& [event, rule] : by_event) *rules.add_rules() = std::move(rule);
  return rules;
}

}  // namespace hq::notify
