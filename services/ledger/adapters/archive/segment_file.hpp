// A segment as a file: its manifest, its frames compressed by zstd, and a checksum over both. See
// segment_file.cpp for the grammar.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "hq/ledger/v1/archive.pb.h"

namespace hq::ledger {

inline constexpr std::size_t kSegmentBytesMax = 128ULL << 20;  // Of frames.

struct Segment {
  v1::SegmentManifest manifest;
  std::string frames;
};

// Fills in the manifest's frames_sha256 and frames_bytes. The frames have at most kSegmentBytesMax.
std::string EncodeSegment(v1::SegmentManifest manifest, std::string_view frames);

// kDataLoss, reason SEGMENT_BROKEN, if a single bit is not as it was written.
Result<Segment> DecodeSegment(std::string_view file);

// The manifest alone; the frames are neither unpacked nor checked. kDataLoss.
Result<v1::SegmentManifest> ManifestOf(std::string_view file);

}  // namespace hq::ledger
