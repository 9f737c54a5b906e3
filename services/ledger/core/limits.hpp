// How large anything from outside may be. Part of the contract in proto/hq/ledger/v1.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hq::ledger {

inline constexpr std::size_t kEventsMax = 1'000;  // In one append.
inline constexpr std::size_t kConditionsMax = 1'000;
inline constexpr std::size_t kRecordBytesMax = 256 * 1024;
inline constexpr std::size_t kRequestBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kBlobBytesMax = 64 * 1024 * 1024;
inline constexpr std::size_t kBlobChunkBytesMax = 1024 * 1024;
inline constexpr std::size_t kDocumentChunkBytesMax = 1024 * 1024;
inline constexpr std::size_t kIdBytesMax = 128;  // Principals; command, correlation and source ids.
inline constexpr std::size_t kStatusBytesMax = 64;
inline constexpr std::size_t kClaimBytesMax = 64;
inline constexpr std::size_t kSourceLineBytesMax = 64 * 1024;
inline constexpr std::size_t kNoMatchesMax = 16;                      // In one append.
inline constexpr std::int64_t kAheadMaxUs = 24LL * 3600 * 1'000'000;  // occurred_at before now.

// What the committer adds to an event: links, times, ids, and the request's own fields.
inline constexpr std::size_t kEnvelopeBytesMax = 4 * 1024;

}  // namespace hq::ledger
