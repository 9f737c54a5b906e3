// The text that people get: how urgent, what, where, why, what to do. Pure; made once, when the
// record is folded, and never again.
#pragma once

#include "hq/ledger/v1/record.pb.h"
#include "hq/notify/v1/notice.pb.h"

namespace hq::notify {

// The notice about one record. An event that this build cannot read gives a text without its
// details.
v1::Notice ComposeNotice(const ledger::v1::Record& record);

}  // namespace hq::notify
