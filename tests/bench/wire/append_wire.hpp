// The ledger's append requests as bytes on the wire, put together from parts that are serialised
// once: what does not change between two requests is never encoded again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace hq::bench {

// The size of every event in the benchmark: a serialised hq.ledger.v1.NewEvent, which is also what
// the peers store.
inline constexpr std::size_t kEventBytes = 300;

// One real event of sync, `effect_intended`, of kEventBytes in all; its payload is random, so that
// no store gains by compression. `occurred_at_us` is the time that the record will carry; 0 for
// none.
std::string NewEventBytes(std::mt19937_64& random, std::int64_t occurred_at_us = 0);

// `count` of them.
std::vector<std::string> NewEvents(std::size_t count, std::uint64_t seed);

// Batches to be sent in turn, so that what is stored does not repeat itself soon; the same for
// every system. At least one.
std::vector<std::vector<std::string>> BatchPool(int batch);

// The events as they stand inside a StreamAppend: field 3, once for each event.
std::string EventFields(const std::vector<std::string>& events);

// What stands before the event fields in an AppendRequest for one stream, at an expected version if
// there is one. Header + fields is the whole request.
std::string AppendHeader(std::string_view stream, std::optional<std::uint64_t> expected_version,
                         std::size_t event_fields_bytes);

// The same inside of an AppendStreamRequest, whose field 1 is the AppendRequest.
std::string AppendStreamHeader(std::string_view stream,
                               std::optional<std::uint64_t> expected_version,
                               std::size_t event_fields_bytes);

}  // namespace hq::bench
