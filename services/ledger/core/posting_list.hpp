// A row of the index: the positions of records that have something in common, in rising order.
//
//   posting list := varint(count) varint(first position) varint(difference to the one before)*
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/event_log.hpp"

namespace hq::ledger {

// Positions in one row; longer lists are cut.
inline constexpr std::size_t kPostingsMax = 4'096;

// `positions` are rising and not empty.
std::string EncodePostings(std::span<const Position> positions);

// Nothing if the bytes are no posting list.
std::optional<std::vector<Position>> DecodePostings(std::string_view bytes);

// How many there are, without reading them all; 0 if the bytes are no posting list.
std::uint64_t CountPostings(std::string_view bytes);

}  // namespace hq::ledger
