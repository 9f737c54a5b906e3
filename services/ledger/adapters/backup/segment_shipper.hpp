// Ships records to the archive in segments, each with the blobs that its records name before it.
// What has been shipped is found in the archive itself: there is no other state, so that any number
// of hours of downtime, or a kill at any moment, is caught up with from where the archive ends.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "hq/ledger/v1/archive.pb.h"
#include "services/ledger/core/archive_layout.hpp"
#include "services/ledger/ports.hpp"

namespace hq::ledger {

// What was shipped by one call, or by many.
struct Shipped {
  Position position = 0;  // Everything up to here is in the archive.
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t blobs = 0;
  std::uint64_t stored_bytes = 0;  // In the archive.
  std::uint64_t frames_bytes = 0;  // Of the records, before compression.

  void Add(const Shipped& more);
};

// One thread at a time.
class SegmentShipper {
 public:
  // Both outlive it. A segment holds at most `segment_bytes_max` of frames, but one record.
  SegmentShipper(BackupSource& source, Archive& archive, std::size_t segment_bytes_max)
      : source_(source), archive_(archive), segment_bytes_max_(segment_bytes_max) {}

  // Ships everything up to the head as it is now, or as far as it came before `stop`. Adds what was
  // shipped to `shipped`, also when it fails then. kAlreadyExists, reason ARCHIVE_DIVERGED, if the
  // archive holds another history or one that is ahead; else the archive's codes.
  Status ShipAll(std::stop_token stop, Shipped& shipped);

  // Where the archive ends; nothing as long as that is not known.
  std::optional<Position> position() const { return position_; }

 private:
  struct Batch;

  Status CheckLife(const v1::Cursor& head) const;
  Status FindPosition(const v1::Cursor& head);
  Result<std::vector<Fork>> ShipForks(const v1::Cursor& head);
  Status CheckLastPiece(const Piece& piece, const v1::Cursor& head) const;
  Result<std::string> HashAt(Position position) const;
  Status ShipNext(Position until, Shipped& shipped);
  Result<Batch> NextBatch(Position until) const;
  Status ShipBlobs(const std::set<std::string>& candidates, v1::SegmentManifest& manifest,
                   Shipped& shipped);

  BackupSource& source_;
  Archive& archive_;
  const std::size_t segment_bytes_max_;
  std::optional<Position> position_;
  std::set<std::string> blobs_;  // Names of those that are in the archive.
};

}  // namespace hq::ledger
