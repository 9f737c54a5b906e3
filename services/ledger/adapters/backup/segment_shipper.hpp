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
  // Digests of what records name and the ledger has, but rotten: the archive is without it.
  std::set<std::string> rotten_blobs;

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

  // Whether what is not in the archive yet fills a segment, to the byte. It reads records for that,
  // each once, and no more of them than fill one. False as long as it is not known where the
  // archive ends: before the first ShipAll, and after one that failed.
  bool HasFullSegment();

 private:
  struct Batch;

  void SetPosition(Position position);
  Status CheckLife(const v1::Cursor& head) const;
  Status FindPosition(const v1::Cursor& head);
  Result<std::vector<Fork>> ShipForks(const v1::Cursor& head);
  Status CheckLastPiece(const Piece& piece, const v1::Cursor& head) const;
  Result<std::string> HashAt(Position position) const;
  Status ShipNext(Position until, Shipped& shipped);
  Result<Batch> NextBatch(Position until) const;
  Status ShipBlobs(Batch& batch, Shipped& shipped);

  BackupSource& source_;
  Archive& archive_;
  const std::size_t segment_bytes_max_;
  std::optional<Position> position_;  // Where the archive ends; nothing if that is not known.
  Position measured_ = 0;             // The bytes of what lies between the two were counted.
  std::uint64_t waiting_bytes_ = 0;
  std::set<std::string> blobs_;  // Names of those that are in the archive.
};

}  // namespace hq::ledger
