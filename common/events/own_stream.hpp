// What the ledger says of itself: its own stream, and the event in it that others act upon.
#pragma once

#include <string_view>

#include "hq/ledger/v1/record.pb.h"

namespace hq {

inline constexpr std::string_view kLedgerStream = "ledger";
// The ledger was restored: the first record of its new life.
inline constexpr std::string_view kEpochStarted = "epoch_started";

// Whether the record opens a new life. By its stream, too: an imported entry may have any event's
// name.
inline bool OpensEpoch(const ledger::v1::Record& record) {
  return record.stream() == kLedgerStream && record.event() == kEpochStarted;
}

}  // namespace hq
