#include "services/notify/core/target.hpp"

#include <absl/strings/ascii.h>

#include <algorithm>

#include "common/events/event_name.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/notify/v1/events.pb.h"

namespace hq::notify {
namespace {

constexpr std::string_view kEnvPrefix = "env:";
constexpr std::size_t kKeyMax = 63;
constexpr std::size_t kNameMax = 128;

}  // namespace

bool IsChannelKind(std::string_view kind) {
  return kind == "slack" || kind == "kakao" || kind == "webhook";
}

bool IsChannelKey(std::string_view key) {
  return !key.empty() && key.size() <= kKeyMax && std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_' || c == '-';
  });
}

bool IsTarget(std::string_view target) {
  return target.find(':') != std::string_view::npos && IsChannelKind(KindOf(target)) &&
         IsChannelKey(KeyOfTarget(target));
}

bool IsPlaceholder(std::string_view target) { return KeyOfTarget(target) == kOwnerKey; }

std::string KindOf(std::string_view target) {
  return std::string(target.substr(0, target.find(':')));
}

std::string KeyOfTarget(std::string_view target) {
  const std::size_t colon = target.find(':');
  return colon == std::string_view::npos ? std::string() : std::string(target.substr(colon + 1));
}

bool IsUrlReference(std::string_view reference) {
  if (!reference.starts_with(kEnvPrefix)) return false;
  const std::string_view name = reference.substr(kEnvPrefix.size());
  return !name.empty() && name.size() <= kNameMax && absl::ascii_isupper(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isupper(c) || absl::ascii_isdigit(c) || c == '_';
         });
}

bool IsOwnMachinery(std::string_view event) {
  const auto type = EventTypes().find(event);
  return type != EventTypes().end() &&
         (type->second.aggregate == v1::RouteEvent::descriptor() ||
          type->second.aggregate == ledger::v1::EffectEvent::descriptor());
}

}  // namespace hq::notify
