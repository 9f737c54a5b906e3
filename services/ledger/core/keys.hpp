// The byte layout of the ledger's keys. See keys.cpp for the grammar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/big_endian.hpp"

namespace hq::ledger::keys {

// Eight bytes, the most significant first, so that keys sort as numbers.
inline std::string Number(std::uint64_t number) { return BigEndian(number); }

// The number in the last eight bytes; nothing if there are fewer.
inline std::optional<std::uint64_t> LastNumber(std::string_view bytes) {
  if (bytes.size() < kBigEndianBytes) return std::nullopt;
  return FromBigEndian(bytes.substr(bytes.size() - kBigEndianBytes));
}

// The keys of posting lists. Number(version) for a stream, Number(position) for the others, follows
// in a row of the index.
std::string OfStream(std::string_view stream);
std::string OfBranch(std::string_view branch);
std::string OfEvent(std::string_view event);
std::string OfCategory(std::string_view category);
std::string OfActor(std::string_view actor);
std::string OfCorrelation(std::string_view correlation_id);
std::string OfCause(std::string_view causation_id);

// The row of a run of ids: that day's ids from this counter on follow the positions one by one.
std::string OfIdRun(std::string_view day, std::uint64_t counter);

// The row of the statement that opened an epoch; without the number, the rows of all of them.
std::string OfFork(std::uint64_t epoch);
inline constexpr std::string_view kForks = "fork/";

// The row of the id below which none is issued any more.
inline constexpr std::string_view kIdFloor = "id_floor";

// The row that stands while a repair brings records back; a ledger that has it does not open.
inline constexpr std::string_view kRepairing = "repairing";

// The row of a receipt.
std::string OfCommand(std::string_view producer, std::string_view actor,
                      std::string_view command_id);

// The row of a full tile of the Merkle tree.
std::string OfTile(unsigned level, std::uint64_t index);

}  // namespace hq::ledger::keys
