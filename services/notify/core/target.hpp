// The shapes of targets and of URL references, checked before anything else is done with one.
#pragma once

#include <string>
#include <string_view>

namespace hq::notify {

inline constexpr std::string_view kOwnerKey = "branch_owner";

// slack, kakao or webhook.
bool IsChannelKind(std::string_view kind);

// ^[a-z0-9_-]{1,63}$
bool IsChannelKey(std::string_view key);

// "kind:key" of the shapes above, e.g. "slack:critical", "kakao:branch_owner".
bool IsTarget(std::string_view target);

// "kind:branch_owner": resolved from the event's cell.
bool IsPlaceholder(std::string_view target);

// What stands before and after the colon of a target.
std::string KindOf(std::string_view target);
std::string KeyOfTarget(std::string_view target);

// "env:NAME" with NAME = ^[A-Z][A-Z0-9_]{0,127}$.
bool IsUrlReference(std::string_view reference);

// Events that notifying itself makes: a rule for one of them would feed itself for ever.
bool IsOwnMachinery(std::string_view event);

}  // namespace hq::notify
