// channels.json and rules.json of the whitepaper, read strictly. A channel's URL is always a
// reference "env:NAME": the file, the ledger and the log never hold the URL itself.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "hq/notify/v1/events.pb.h"

namespace hq::notify {

// {"slack":{"critical":"env:SLACK_CRITICAL_URL"},"kakao":{…}}. kInvalidArgument naming file and
// path.
Result<v1::ChannelsApplied> ReadChannels(std::string_view file, std::string_view content);

// {"deploy_failed":["slack:critical","kakao:hq"],…}. kInvalidArgument naming file and path.
Result<v1::RulesApplied> ReadRules(std::string_view file, std::string_view content);

}  // namespace hq::notify
