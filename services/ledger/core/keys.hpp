// The byte layout of the ledger's keys. See keys.cpp for the grammar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/events/event_log.hpp"

namespace hq::ledger::keys {

// Eight bytes, the most significant first, so that keys sort as numbers.
std::string Number(std::uint64_t number);

// The number in the last eight bytes; nothing if there are fewer.
std::optional<std::uint64_t> LastNumber(std::string_view bytes);

// Prefixes of the index rows; Number(version) or Number(position) follows.
std::string OfStream(std::string_view stream);
std::string OfBranch(std::string_view branch);
std::string OfEvent(std::string_view event);
std::string OfCategory(std::string_view category);

// The index row of a record's id.
std::string OfId(std::string_view id);

// The row of a receipt.
std::string OfCommand(std::string_view producer, std::string_view actor,
                      std::string_view command_id);

}  // namespace hq::ledger::keys
