#include "services/notify/core/routing.hpp"

#include <algorithm>
#include <array>

#include "common/events/event_name.hpp"
#include "services/notify/core/target.hpp"

namespace hq::notify {
namespace {

using options::v1::Severity;

constexpr std::string_view kCriticalTarget = "slack:critical";
constexpr std::string_view kOpsTarget = "slack:ops";
constexpr std::string_view kHqTarget = "kakao:hq";

std::vector<std::string> DefaultRoute(Severity severity) {
  switch (severity) {
    case options::v1::SEVERITY_INFO:
    case options::v1::SEVERITY_WARNING:
      return {std::string(kOpsTarget)};
    case options::v1::SEVERITY_CRITICAL:
      return {std::string(kCriticalTarget)};
    case options::v1::SEVERITY_UNSPECIFIED:
    case options::v1::Severity_INT_MIN_SENTINEL_DO_NOT_USE_:
    case options::v1::Severity_INT_MAX_SENTINEL_DO_NOT_USE_:
      break;
  }
  return {};
}

// The channel behind a target; empty if there is none. An owner is reached under the cell's id, as
// in the whitepaper, or under the owner's own.
std::string ChannelOf(const std::string& target, const Occasion& occasion,
                      const std::set<std::string>& channels) {
  if (!IsPlaceholder(target)) return channels.contains(target) ? target : std::string();
  for (const std::string& key : {occasion.branch, occasion.owner}) {
    const std::string channel = KindOf(target) + ":" + key;
    if (channels.contains(channel)) return channel;
  }
  return {};
}

// Where a message goes that has nobody to go to: HQ's own channel, or whatever there is.
std::string InsteadOf(const std::set<std::string>& channels) {
  for (const std::string_view target : {kHqTarget, kCriticalTarget, kOpsTarget})
    if (channels.contains(std::string(target))) return std::string(target);
  return channels.empty() ? std::string() : *channels.begin();
}

}  // namespace

Severity SeverityOf(std::string_view event) {
  const auto type = EventTypes().find(event);
  return type == EventTypes().end() ? options::v1::SEVERITY_UNSPECIFIED : type->second.severity;
}

Severity ShownSeverity(std::string_view event) {
  const bool is_declared = EventTypes().contains(event);
  const Severity severity = SeverityOf(event);
  if (severity != options::v1::SEVERITY_UNSPECIFIED) return severity;
  return is_declared ? options::v1::SEVERITY_INFO : options::v1::SEVERITY_WARNING;
}

std::vector<Recipient> Resolve(const Occasion& occasion, const std::vector<std::string>* rule,
                               const std::set<std::string>& channels) {
  std::vector<Recipient> recipients;
  if (channels.empty() || IsOwnMachinery(occasion.event)) return recipients;
  const auto targets = rule ? *rule : DefaultRoute(SeverityOf(occasion.event));
  for (const std::string& target : targets) {
    Recipient recipient;
    recipient.target = ChannelOf(target, occasion, channels);
    if (recipient.target.empty()) {
      recipient.target = InsteadOf(channels);
      auto& unresolved = recipient.unresolved.emplace();
      unresolved.set_target(target);
      unresolved.set_branch(occasion.branch);
      unresolved.set_txn_id(occasion.txn_id);
      unresolved.set_instead(recipient.target);
    }
    const auto same = std::find_if(recipients.begin(), recipients.end(), [&](const auto& known) {
      return known.target == recipient.target;
    });
    if (same == recipients.end()) {
      recipients.push_back(std::move(recipient));
    } else if (!same->unresolved) {
      same->unresolved = std::move(recipient.unresolved);
    }
  }
  return recipients;
}

}  // namespace hq::notify
