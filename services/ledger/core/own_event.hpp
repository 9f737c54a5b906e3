// How the ledger records what happens to itself, in the stream `ledger`.
#pragma once

#include <string>

#include "common/events/own_stream.hpp"
#include "hq/ledger/v1/events.pb.h"
#include "hq/ledger/v1/ledger_service.pb.h"

namespace hq::ledger {

inline constexpr std::string_view kOwnStream = kLedgerStream;

// The append of that event; the same `command_id` again appends nothing.
v1::AppendRequest AppendOf(const v1::LedgerEvent& event, std::string command_id);

}  // namespace hq::ledger
