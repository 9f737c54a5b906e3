// How things are called in an archive, and which segments make up a history. Names are the only
// index there is: what has been shipped, and what can be restored, is found by listing them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"
#include "common/events/event_log.hpp"
#include "common/transparency/fork.hpp"

namespace hq::ledger {

inline constexpr std::size_t kArchiveNameBytesMax = 512;

// Folders. Persisted: never change.
inline constexpr std::string_view kSegmentsFolder = "segments/";
inline constexpr std::string_view kBlobsFolder = "blobs/";
inline constexpr std::string_view kForksFolder = "forks/";
inline constexpr std::string_view kImagesFolder = "images/";

// Parts divided by '/', each of letters, digits, '.', '_' and '-', none of them "." or "..".
bool IsArchiveName(std::string_view text);

// One file of records: all of one epoch, without gaps.
struct SegmentName {
  std::uint64_t epoch = 0;
  Position first = 0;
  Position last = 0;

  auto operator<=>(const SegmentName&) const = default;
};

// "segments/0000000001/00000000000000000001-00000000000000000020.seg".
std::string FormatSegmentName(const SegmentName& name);
std::optional<SegmentName> ParseSegmentName(std::string_view text);

// "blobs/" and the digest in hexadecimal; `sha256` has 32 bytes.
std::string BlobName(std::string_view sha256);

// "forks/0000000002": the statement that opened that epoch.
std::string ForkName(std::uint64_t epoch);
std::optional<std::uint64_t> ParseForkName(std::string_view text);

// "images/20261127/".
std::string ImageFolder(std::string_view day);

// A segment, and what of it belongs to a history.
struct Piece {
  SegmentName segment;
  Position first = 0;
  Position last = 0;

  bool operator==(const Piece&) const = default;
};

// The history of an epoch as far as it is there from position 1 on.
struct Coverage {
  std::vector<Piece> pieces;  // In order, without gaps and overlaps.
  Position end = 0;           // The last position covered; 0 if there is nothing.
  Position beyond = 0;        // The first position behind a hole; 0 if there is no hole.
};

// Segments may overlap: an upload that was believed lost may still arrive. kDataLoss, reason
// FORK_UNKNOWN, if an epoch behind the first has no fork point, or one that cannot be.
Result<Coverage> CoverageOf(std::uint64_t epoch, const std::vector<SegmentName>& segments,
                            const std::vector<Fork>& forks);

}  // namespace hq::ledger
